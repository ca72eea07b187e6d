// The tapes of traces/golden replay, event by event, those of every version that has any (see the NOTE.md there).
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CpuData, type CpuModel, cpuByName, cpuModels } from '../../src/machine/arch.ts';
import { boardVersions } from '../../src/machine/boards/index.ts';
import { behaviours } from '../../src/machine/semantics.ts';
import { versionedName } from '../../src/machine/versioned.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { SEMANTICS_OLDEST, SEMANTICS_VERSION } from '../../src/replay/version.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { goldenTapes } from '../../tools/golden-tapes.ts';
import { ConsoleText } from '../support/demo.fixture.ts';

const folder = fileURLToPath(new URL('../../traces/golden/', import.meta.url));
const versions = readdirSync(folder).filter((name) => /^v\d+$/.test(name));
const tapesOf = (version: string): string[] =>
  readdirSync(`${folder}${version}`)
    .filter((name) => name.endsWith('.tape'))
    .sort();
function checkpointsOf(path: string): number {
  const reader = TapeReader.open(path);
  const { length } = reader.checkpoints;
  reader.close();
  return length;
}

describe.each(versions)('%s', (version) => {
  it.each(tapesOf(version))('%s', (name) => {
    const reader = TapeReader.open(`${folder}${version}/${name}`);
    expect(`v${reader.header.semantics}`).toBe(version);
    expect(reader.verify().complete).toBe(true);
    expect(reader.host).toBeUndefined();
    const console = new ConsoleText();
    const session = new ReplaySession(reader, { consoleOut: console.out });
    expect(session.run(), 'see traces/golden/NOTE.md').toEqual({ kind: 'end' });
    expect(session.checker.checked).toBe(reader.eventCount);
    expect(console.text).toContain(goldenTapes.find((tape) => `${tape.name}.tape` === name)?.end ?? 'DEMO-DONE');
  });

  const withCheckpoints = tapesOf(version).filter((name) => checkpointsOf(`${folder}${version}/${name}`) > 0);
  it.each(withCheckpoints)('%s, from its last checkpoint', (name) => {
    const timeline = new Timeline(TapeReader.open(`${folder}${version}/${name}`));
    expect(timeline.stateBefore(timeline.last)).toBeGreaterThan(timeline.first);
    timeline.seek(timeline.last);
    expect(timeline.ordinal, 'see traces/golden/NOTE.md').toBe(timeline.tape.eventCount);
  });
});

it('no version is missing', () => {
  const all = Array.from({ length: SEMANTICS_VERSION - SEMANTICS_OLDEST + 1 }, (_, n) => `v${SEMANTICS_OLDEST + n}`);
  expect(versions, 'npm run golden').toEqual(all);
});

it('every version of a processor, of a board and of a behaviour is asked for by a tape', () => {
  const machines = versions.flatMap((version) =>
    tapesOf(version).map((name) => {
      const reader = TapeReader.open(`${folder}${version}/${name}`);
      const { machine } = reader.header;
      reader.close();
      return machine;
    }),
  );
  const asked = new Set(machines.flatMap(({ cpu, board, behaviours }) => [cpu, board, ...(behaviours as string[])]));
  const all = [...behaviours, ...boardVersions, ...cpuModels.flatMap(cpuVersions)].map(versionedName);
  expect(
    all.filter((name) => !asked.has(name)),
    'add a row to tools/golden-tapes.ts, and npm run golden',
  ).toEqual([]);
});
function cpuVersions(name: CpuModel): CpuData[] {
  const found: CpuData[] = [];
  for (let one = cpuByName(`${name}@1`); one !== undefined; one = cpuByName(`${name}@${found.length + 1}`))
    found.push(one);
  return found;
}

it('some have checkpoints', () => {
  const paths = versions.flatMap((version) => tapesOf(version).map((name) => `${folder}${version}/${name}`));
  expect(paths.filter((path) => checkpointsOf(path) > 0).length).toBeGreaterThan(0);
});

it('the present version has each of the list', () => {
  const names = goldenTapes.map(({ name }) => `${name}.tape`).sort();
  expect(tapesOf(`v${SEMANTICS_VERSION}`)).toEqual(names);
});
