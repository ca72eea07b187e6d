// docs/bhyve.md says of everything here that bhyve has, or has otherwise, where that is: nothing may be left out of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pl011Registers } from '../../src/devices/pl011/registers.ts';
import { pl031Registers } from '../../src/devices/pl031/registers.ts';
import { exitStats } from '../../src/hyp/arm-common/stats.ts';
import { Distributor } from '../../src/hyp/arm-common/vgic/distributor.ts';
import { DistributorV2 } from '../../src/hyp/arm-common/vgic/distributor-v2.ts';
import { Vgic } from '../../src/hyp/arm-common/vgic/model.ts';
import { Redistributor } from '../../src/hyp/arm-common/vgic/redistributor.ts';
import { cp15Rows as cp15OfArm64 } from '../../src/hyp/arm64/cp15.ts';
import { sysregRows } from '../../src/hyp/arm64/sysregs.ts';
import { traps as trapsOfArm64 } from '../../src/hyp/arm64/traps.ts';
import { cp15Rows as cp15OfArmv7 } from '../../src/hyp/armv7/cp15.ts';
import { traps as trapsOfArmv7 } from '../../src/hyp/armv7/traps.ts';
import { commonStats } from '../../src/hyp/vmm/stats.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { boardTree } from '../../src/machine/fdt/board-tree.ts';
import { bootSeeds } from '../../src/machine/fdt/chosen.ts';
import { BhyveExit, kvmClassName } from '../../src/trace/events/index.ts';

const page = new URL('../../docs/bhyve.md', import.meta.url);
const text = readFileSync(page, 'utf8');

/** The cells of the first column of the tables in a section, each split where it names several. */
function named(section: string, heading = '###'): Set<string> {
  const [, after = ''] = text.split(`\n${heading} ${section}\n`);
  const [body = ''] = after.split(/\n##/);
  const cells = body.split('\n').flatMap((line) => /^\| (.+?) \|/.exec(line)?.[1] ?? []);
  return new Set(cells.flatMap((cell) => [cell, ...cell.split(', ')]));
}
const missing = (names: Iterable<string>, section: string): string[] => {
  const there = named(section);
  return [...new Set(names)].filter((name) => !there.has(name));
};

const quiet = { emit: () => {} };
const icount = (): number => 0;
/** Registers of a frame, without the numbers of those that come in arrays. */
const registersOf = (frame: { readonly size: number; registerName(offset: number): string | undefined }): string[] =>
  Array.from({ length: frame.size / 4 }, (_, word) => frame.registerName(4 * word)).flatMap((name) => {
    if (name === undefined) return [];
    return name.replace(/\+\d+$/, '').replace(/(?<!_[PC]IDR)\d+$/, '');
  });

test('each exit', () => {
  expect(missing(Object.keys(BhyveExit), 'Exits')).toEqual([]);
});
test('each exception class that is handled', () => {
  const classes = [...Object.keys(trapsOfArm64), ...Object.keys(trapsOfArmv7)].map((ec) => kvmClassName(Number(ec)));
  expect(missing([...classes, 'IRQ', 'FIQ', 'EL1_SERROR'], 'Exception classes')).toEqual([]);
});
test('each counter', () => {
  expect(missing([...commonStats, ...Object.values(exitStats)], 'Counters')).toEqual([]);
});
test('each trapped register', () => {
  const names = [sysregRows, cp15OfArm64, cp15OfArmv7].flatMap(Object.keys);
  expect(missing(names, 'Trapped registers')).toEqual([]);
});
test('each register of an interrupt controller', () => {
  const v3 = new Vgic({ version: 3, vcpus: 1, intids: 288, events: quiet, icount, catchUp: () => {} });
  const v2 = new Vgic({ version: 2, vcpus: 1, intids: 288, events: quiet, icount });
  const frames = [new Distributor(v3), new Redistributor(v3, 0), new DistributorV2(v2, quiet, icount)];
  const names = frames.flatMap(registersOf);
  expect(names).toContain('GICD_ISENABLER');
  expect(missing(names, 'Interrupt controllers')).toEqual([]);
});
test('each register of a PL011 and a PL031', () => {
  const names = [...Object.keys(pl011Registers), ...Object.keys(pl031Registers)];
  expect(missing(names, 'PL011, PL031, bvmconsole')).toEqual([]);
});
test("each node of the board's device tree", () => {
  const chosen = { bootArgs: '', seeds: bootSeeds(1n) };
  const config = {
    arch: 'arm64',
    cpu: 'cortex-a57',
    ramBytes: 2 ** 28,
    affinities: [0],
    gicVersion: 3,
    pmu: 3,
  } as const;
  const { root } = boardTree(boardByName('bhyve'), { ...config, chosen });
  const names = root.children.map(({ name }) => name.replace(/@.*$/, ''));
  expect(missing(['/', ...names], 'Device tree')).toEqual([]);
});

test('each test that it names is there', () => {
  const links = [...text.matchAll(/\[[^\]]*\]\((\.\.\/[^)]+\.test\.ts)\)((?:,? "[^"]+")*)/g)];
  const titles = links.flatMap(([, path = '', quoted = '']) =>
    [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ path, title })),
  );
  expect(titles.length).toBeGreaterThan(30);
  const lost = titles.filter(({ path, title }) => !readFileSync(new URL(path, page), 'utf8').includes(title));
  expect(lost).toEqual([]);
  for (const [, path = ''] of links) expect(readFileSync(new URL(path, page), 'utf8')).not.toBe('');
});

test('each known fault has a test', () => {
  const [, after = ''] = text.split('\n## Where bhyve is known to be wrong\n');
  const rows = after.split('\n').filter((line) => line.startsWith('| '));
  const untested = rows.slice(2).filter((row) => !/\.test\.ts\) "[^"]+"/.test(row));
  expect(rows.length).toBeGreaterThan(15);
  expect(untested).toEqual([]);
});
