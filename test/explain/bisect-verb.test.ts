import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import type { Finished } from '../../tools/session/command-thread.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { plant } from '../support/fork.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
const jsonOf = ({ stdout }: Finished): unknown => JSON.parse(stdout);

it('tells the instruction, what differs, and the cause', () => {
  const path = join(testFolder(), 'other.tape');
  plant(TapeReader.open(ARM64), path, [[31_018, { kind: 'register', name: 'x19', value: 1n }]], 32_000);
  const found = hypertape(['bisect', ARM64, path, '--json']);
  expect(found.status).toBe(1);
  const pc = { icount: 31_020, pc: '0x400814ac', symbol: 'print+0x13c', instruction: 'ldrb w0, [x19, #1]' };
  expect(jsonOf(found)).toMatchObject({
    ...{ identical: false, kind: 'instruction', ...pc },
    before: [{ what: 'x19', a: '0x40085208', b: '0x1' }],
    cause: { kind: 'input', side: 'b', event: 1000 },
    a: { ...pc, el: 1 },
    b: { ...pc, exceptions: ['sync to EL1'] },
    rerun: expect.any(Number),
  });
  expect(jsonOf(found)).toMatchObject({
    differs: expect.arrayContaining([{ what: 'x0', a: '0x65', b: '0x63' }]),
    cause: { chain: { a: expect.any(Array), b: expect.any(Array) } },
  });
  const text = hypertape(['bisect', ARM64, path, '--depth', '0']);
  expect(text.status).toBe(1);
  for (const part of ['icount 31,020', 'print+0x13c', 'x19  0x40085208  0x1', 'instructions were run again'])
    expect(text.stdout).toContain(part);
  expect(text.stdout).not.toContain('causes');
});

it('tells that nothing differs, and what cannot be compared', () => {
  const same = hypertape(['bisect', ARM64, ARM64, '--json']);
  expect([same.status, jsonOf(same)]).toMatchObject([0, { identical: true, rerun: 0 }]);
  const others = hypertape(['bisect', ARM64, 'traces/golden/v3/demo-armv7.tape']);
  expect([others.status, others.stdout]).toEqual([2, '']);
  expect(others.stderr.trim()).toMatch(/^hypertape: .* different kinds \(arch arm64 and armv7\)/);
});
