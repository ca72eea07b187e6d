import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { buildReportPage } from '../../tools/build/report-page.ts';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { plant } from '../support/fork.fixture.ts';
import { dataOf } from './page-data.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
beforeAll(() => buildReportPage(), 60_000);

it('report A B tells what diff tells', () => {
  const folder = testFolder();
  const [other, page] = [join(folder, 'other.tape'), join(folder, 'page.html')];
  plant(TapeReader.open(ARM64), other, [[31_018, { kind: 'register', name: 'x19', value: 1n }]], 32_000);
  expect(hypertape(['report', ARM64, other, '-o', page]).status).toBe(0);
  const { difference, runs } = dataOf(page);
  const told = JSON.parse(hypertape(['diff', ARM64, other, '--json', '--limit', '0']).stdout) as {
    readonly kind: string;
    readonly aligned: number;
    readonly onlyA: number;
    readonly first: { readonly what: string; readonly a: { readonly at: number }; readonly b: { readonly at: number } };
    readonly differences: readonly { readonly what: string; readonly count: number }[];
    readonly regions: readonly { readonly a?: { readonly icount: number }; readonly b?: { readonly icount: number } }[];
  };
  expect(difference).toMatchObject({
    identical: false,
    kind: told.kind,
    text: told.first.what,
    at: [told.first.a.at, told.first.b.at],
    aligned: told.aligned,
    onlyA: told.onlyA,
  });
  expect(difference?.groups.map(({ what, count }) => ({ what, count }))).toEqual(
    told.differences.map(({ what, count }) => ({ what, count })),
  );
  const begins = (side: 'a' | 'b') => told.regions.flatMap((region) => region[side]?.icount ?? []);
  expect([...(difference?.regions[1] ?? [])]).toEqual(begins('b').sort((x, y) => x - y));
  expect(runs.map(({ name }) => name)).toEqual(['demo-arm64.tape', 'other.tape']);
  expect(hypertape(['report', ARM64, ARM64, '-o', page, '--force']).status).toBe(0);
  expect(dataOf(page).difference?.identical).toBe(true);
});

it('bisect --html writes what it found', () => {
  const folder = testFolder();
  const [other, page, none] = [join(folder, 'other.tape'), join(folder, 'page.html'), join(folder, 'none.html')];
  plant(TapeReader.open(ARM64), other, [[31_018, { kind: 'register', name: 'x19', value: 1n }]], 32_000);
  const found = hypertape(['bisect', ARM64, other, '--html', page]);
  expect(found.status).toBe(1);
  const { parting, runs } = dataOf(page);
  expect(runs).toHaveLength(2);
  expect(parting).toMatchObject({
    at: 31_020,
    place: '0x400814ac print+0x13c',
    instruction: 'ldrb w0, [x19, #1]',
    before: [{ what: 'x19', a: '0x40085208', b: '0x1' }],
    cause: { kind: 'input' },
  });
  const [a, b] = parting?.sides ?? [];
  expect(a?.code.find(({ isHere }) => isHere)?.text).toBe('ldrb w0, [x19, #1]');
  expect(b?.notes).toEqual(['vCPU 0', 'EL1', 'takes sync to EL1']);
  expect(a?.chain.length).toBeGreaterThan(0);
  for (const step of a?.chain ?? []) expect(found.stdout).toContain(step.instruction ?? '');

  const same = hypertape(['bisect', ARM64, ARM64, '--html', none]);
  expect([same.status, same.stderr]).toEqual([0, expect.stringContaining(`${none}: not written`)]);
  const again = hypertape(['bisect', ARM64, other, '--html', page]);
  expect([again.status, again.stdout]).toEqual([2, '']);
  expect(again.stderr).toContain('there already');
});
