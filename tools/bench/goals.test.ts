import { expect, test } from 'vitest';
import type { BenchResult, SectionRow } from './bench.ts';
import type { Row, Subject } from './boot.ts';
import { goalsOf } from './goals.ts';
import { median, quantile } from './quantile.ts';
import { type Section, sections } from './sections.ts';
import { jsonOf, tables } from './table.ts';

const row = (who: Subject['who'], mode: Subject['mode'], wallS: number, cpuS: number, mainCpuS?: number): Row => ({
  who,
  mode,
  wallS,
  cpuS,
  ...(mainCpuS === undefined ? {} : { mainCpuS }),
  instructions: 2e9,
  peakRssBytes: undefined,
  // In the last round the host did something else for a while, in the one before for QEMU alone.
  runs: [1, who === 'QEMU' ? 3 : 1, 4].map((n) => ({
    wallS: wallS * n,
    cpuS: cpuS * n,
    mainCpuS: mainCpuS && mainCpuS * n,
    console: [],
  })),
});
function sectionRow(who: Row['who'], hostS: number): SectionRow {
  const round = (times: number) =>
    Object.fromEntries(
      sections.map((s) => [s, { guestNs: 1e9, hostS: hostS * times, result: 0 }]),
    ) as SectionRow['sections'];
  return { arch: 'arm64', who, mode: 'record', sections: round(1), runs: [round(1), round(4)] };
}
const result: BenchResult = {
  host: { processor: 'P', node: 'v26', qemu: '7.2' },
  rounds: 5,
  boots: [
    {
      guest: 'g',
      rows: [
        row('hypertape', 'run', 4, 5, 3),
        row('hypertape', 'record', 5, 6, 4.5),
        row('hypertape', 'record again', 4, 5, 3.5),
        row('QEMU', 'record', 8, 8),
        row('hypertape', 'replay', 6, 6, 6),
        row('hypertape', 'replay again', 4, 5, 5),
        row('QEMU', 'replay', 10, 10),
        row('hypertape', 'record, checkpoints', 5.1, 6, 4.5),
      ],
    },
  ],
  sections: [sectionRow('hypertape', 1), sectionRow('QEMU', 1.3)],
  notes: [],
  findings: [],
};
const wanted: { readonly [S in Section]: boolean } = {
  int: false,
  mem: true,
  core: false,
  fp: false,
  sys: false,
  fault: false,
  fork: true,
  pipe: false,
  jit: false,
};

test('every goal, by what was measured', () => {
  const goals = goalsOf(result);
  expect(
    goals.slice(0, 10).map(({ work, measure, measured, goal, met }) => [work, measure, measured.toFixed(2), goal, met]),
  ).toEqual([
    ['record g', "wall / QEMU's", '0.63', 0.67, true],
    ['record g', "CPU of the main thread / QEMU's", '0.56', 0.75, true],
    ['record g', "CPU / QEMU's", '0.75', 1.2, true],
    ['record again g', "wall / QEMU's", '0.50', 0.67, true],
    ['record again g', "CPU of the main thread / QEMU's", '0.44', 0.75, true],
    ['record again g', "CPU / QEMU's", '0.63', 1.2, true],
    ['replay g', "wall / QEMU's", '0.60', 0.5, false],
    ['replay again g', "wall / QEMU's", '0.40', 0.5, true],
    ['record g', "wall / run's", '1.25', 1.03, false],
    ['record, checkpoints g', "wall / record's", '1.02', 1.05, true],
  ]);
  expect(goals.slice(10).map(({ work, met }) => [work, met])).toEqual(
    sections.map((s) => [`record ${s}, arm64`, wanted[s]]),
  );
});

test('the tables and the JSON have them, and none that was not measured', () => {
  expect(tables(result, 'text').join('\n')).toMatch(/replay g +wall \/ QEMU's +0\.60 +at most 0\.50 +missed/);
  expect(jsonOf(result)).toMatchObject({ goals: goalsOf(result) });
  const quick = { ...result, boots: [{ guest: 'g', rows: [row('hypertape', 'record', 5, 6)] }], sections: [] };
  expect(goalsOf(quick)).toEqual([]);
  expect(tables(quick, 'text').join('\n')).not.toContain('goal');
});

test('values in the middle', () => {
  expect([quantile([3, 1, 2], 0.5), quantile([3, 1, 2], 1), quantile([], 0.5)]).toEqual([2, 3, Number.NaN]);
  expect([median([3, undefined, 1]), median([undefined]), median([5, 1, 2])]).toEqual([3, undefined, 2]);
});
