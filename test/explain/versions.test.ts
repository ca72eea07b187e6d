// One tape under two programs: where a wrong flag of one of them comes to make a difference.
import { expect, it } from 'vitest';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { otherBuild, thisBuild } from '../support/other-build.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';

it('finds the instruction that another build gives a wrong flag', () => {
  // CCMP's literal flags: Z is the other one.
  const right = 'ir.i32(flags << 28)));\n  } else';
  const file = 'src/core/a64/conditional-compare.ts';
  const wrong = otherBuild(testFolder(), file, right, right.replace('flags', '(flags ^ 4)'));
  const found = hypertape(['bisect', '--versions', thisBuild, wrong, ARM64, '--json']);
  expect([found.status, found.stderr]).toEqual([1, '']);
  expect(JSON.parse(found.stdout)).toMatchObject({
    ...{ identical: false, cause: { kind: 'semantics' } },
    instruction: expect.stringMatching(/^ccmp /),
    differs: [{ what: 'pstate', a: expect.stringMatching(/^0x/), b: expect.stringMatching(/^0x/) }],
    rerun: expect.any(Number),
  });
});

it('says that both compute the same', () => {
  const { status, stdout } = hypertape(['bisect', '--versions', thisBuild, thisBuild, ARM64, '--json']);
  expect([status, JSON.parse(stdout)]).toMatchObject([0, { identical: true }]);
  expect(hypertape(['bisect', ARM64, ARM64, ARM64])).toMatchObject({ status: 2, stdout: '' });
});
