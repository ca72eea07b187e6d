import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Profile } from '../../src/analysis/profile.ts';
import { Failure } from '../../src/base/failure.ts';
import { JsonLines } from '../session/json-lines.ts';
import { bhyveStatLines, bhyveStats } from './bhyve-stats.ts';
import { readCosts } from './costs.ts';
import { dimensionNames, dimensionsOf } from './dimensions.ts';
import { stacksOf } from './flame.ts';
import { profileTape } from './profile.ts';
import { ProfiledTape } from './profiled-tape.ts';
import { histogramLines, profileTable } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An event as `events --json` prints it. */
type Line = Readonly<Record<string, string | number | undefined>> & { readonly event: string; readonly at: number };

const tapes = ['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57', 'demo-arm64-bhyve-2018'] as const;

describe.each(tapes)('%s', (name) => {
  const tape = new ProfiledTape(`traces/golden/v3/${name}.tape`, {});
  afterAll(() => tape.reader.close());
  const names = {
    symbolAt: (pc: bigint) => tape.symbolAt(pc),
    registerAt: tape.registerAt,
    isArmv7: tape.isArmv7,
  };
  const json = new JsonLines(names);
  const lines = [...tape.reader.events()].map((event) => JSON.parse(json.line(event)) as Line);
  const exits = lines.filter(({ event }) => event === 'vm-exit');

  /** Counts lines by what `key` says of each. */
  const counted = (of: readonly Line[], key: (line: Line) => string | undefined): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const line of of) {
      const found = key(line);
      if (found !== undefined) counts[found] = (counts[found] ?? 0) + 1;
    }
    return counts;
  };
  const profileBy = (by: string): Profile => profileTape(tape, dimensionsOf('--by', by));
  const countsOf = ({ rows }: Profile): Record<string, number> =>
    Object.fromEntries(rows.filter(({ key }) => !/^(\(no |RAM)/.test(key)).map(({ key, count }) => [key, count]));

  it('counts what a count of the listing comes to', () => {
    const mmio = lines.filter(({ event }) => event.startsWith('mmio-'));
    const sysregs = lines.filter(({ event }) => event.startsWith('sysreg-'));
    const injected = lines.filter(({ event }) => event === 'irq-inject');
    const text = (value: string | number | undefined): string | undefined => value?.toString();
    const functionOf = ({ symbol }: Line): string | undefined => text(symbol)?.replace(/\+.*/, '');
    expect(countsOf(profileBy('class'))).toEqual(counted(exits, (line) => text(line.class)));
    expect(countsOf(profileBy('symbol'))).toEqual(counted(exits, functionOf));
    expect(countsOf(profileBy('pc'))).toEqual(counted(exits, ({ pc, symbol }) => `${pc} ${symbol}`));
    expect(countsOf(profileBy('register'))).toEqual(counted(mmio, (line) => text(line.register)));
    expect(countsOf(profileBy('device'))).toEqual(counted(mmio, (line) => text(line.register)?.split(' ')[0]));
    expect(countsOf(profileBy('sysreg'))).toEqual(counted(sysregs, (line) => text(line.register)));
    expect(countsOf(profileBy('vcpu'))).toEqual(counted(exits, ({ vcpu }) => `vcpu${vcpu}`));
    expect(countsOf(profileBy('intid'))).toEqual(counted(injected, (line) => text(line.intid)));
    expect(profileBy('class,symbol').rows.map(({ key }) => key)).toEqual(
      expect.arrayContaining(Object.keys(counted(exits, (line) => `${line.class};${functionOf(line)}`))),
    );
  });

  it('counts each once, with all that ran between', () => {
    const end = lines.at(-1)?.at ?? 0;
    const skipped = lines.filter(({ event }) => event === 'idle-skip').map(({ at, to }) => Number(to) - at);
    const lastExit = exits.at(-1)?.at ?? 0;
    const idle = skipped.reduce((sum, counts) => sum + counts, 0);
    expect(lastExit).toBeLessThanOrEqual(end);
    for (const by of dimensionNames.filter((dimension) => dimension !== 'intid')) {
      const { total, rows, instructions, timeNs } = profileBy(by);
      expect(total).toBe(exits.length);
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(total);
      expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      expect(instructions).toBe(lastExit - idle);
      expect(timeNs).toBe(lastExit);
    }
  });

  it('comes to bhyve’s counters', () => {
    const stats = bhyveStats(tape);
    const [title, ...counters] = bhyveStatLines(stats);
    expect(title).toBe('vcpu0 stats:');
    const value = (text: string): number =>
      Number(counters.find((line) => line.startsWith(text))?.split('\t')[1] ?? Number.NaN);
    expect(value('total number of vm exits')).toBe(exits.length);
    const classes = counted(exits, (line) => line.class?.toString());
    expect(value('number of times wfi')).toBe(classes.WFx);
    expect(value('number of vmexits for a data abort')).toBe(classes.DABT_LOW);
    expect(value('number of vmexits for an irq')).toBe(classes.IRQ);
    const all = counters.map((line) => Number(line.split('\t')[1]));
    expect(all.reduce((sum, count) => sum + count, 0)).toBe(2 * exits.length);
  });
});

describe('a profile', () => {
  const path = 'traces/golden/v3/demo-arm64.tape';
  const tape = new ProfiledTape(path, {});
  afterAll(() => tape.reader.close());
  const byClass = profileTape(tape, dimensionsOf('--by', 'class'));
  const options = {
    heading: 'VM-EXIT',
    limit: 2,
    histogram: false,
    unit: 'guest instructions',
    what: 'exits',
  };

  it('of a stretch has what lies in it', () => {
    const [third, tenth] = [...tape.reader.events({ classes: new Set(['vm-exit']) })].filter(
      (_, i) => i === 2 || i === 9,
    );
    const some = new ProfiledTape(path, { from: `event:${third?.ordinal}`, to: `event:${tenth?.ordinal}` });
    expect(profileTape(some, dimensionsOf('--by', 'class')).total).toBe(8);
    expect(profileTape(new ProfiledTape(path, { vcpu: 1 }), dimensionsOf('--by', 'class')).total).toBe(0);
    expect(() => new ProfiledTape(path, { from: 'icount:1e15' })).toThrow(Failure);
    expect(() => new ProfiledTape('traces/golden/v3/demo-arm64-inputs.tape', {})).toThrow(/retrace/);
  });

  it('is weighed by what exits cost elsewhere, the closest name first', () => {
    const costs = (text: string): string => {
      const file = join(folder, 'costs');
      writeFileSync(file, text);
      return file;
    };
    const file = costs('# measured\nDABT_LOW 6.24us\nDABT_LOW/PAGING 2us # first touch\n\nREG_EMUL 300\n* 1us\n');
    const weighed = profileTape(tape, dimensionsOf('--by', 'class'), { costOf: readCosts('--costs', file) });
    const exits = [...tape.reader.events({ classes: new Set(['vm-exit']) })];
    const sum = exits.reduce((total, exit) => {
      if (exit.kind !== 'vm-exit') return total;
      if (exit.kvmClass === 0x24) return total + (exit.bhyveExit === 7 ? 2000 : 6240);
      return total + (exit.bhyveExit === 2 ? 300 : 1000);
    }, 0);
    expect(weighed.costNs).toBe(sum);
    const table = profileTable(weighed, options);
    expect(table[0]?.trim().split(/\s+/).slice(0, 5)).toEqual(['VM-EXIT', 'Samples', 'Samples%', 'Time%', 'Avg']);
    expect(table.join('\n')).toContain(`total events handled time:${(sum / 1000).toFixed(2)}us`);
    for (const [text, why] of [
      ['DABT_LO 5', /line 1: DABT_LO is no class of exits; did you mean DABT_LOW\?/],
      ['DABT_LOW', /give a class of exits and a time/],
      ['DABT_LOW x', /give a time/],
      ['IRQ 1\nIRQ 2', /line 2: IRQ stands in it twice/],
      ['# nothing', /it has no costs/],
    ] as const)
      expect(() => readCosts('--costs', costs(text))).toThrow(why);
    expect(() => readCosts('--costs', join(folder, 'none'))).toThrow(Failure);
  });

  it('is a table in the shape of perf’s, with all that it leaves out told', () => {
    const lines = profileTable(byClass, options);
    const [first] = byClass.rows;
    expect(lines[2]?.trim().split(/\s+/).slice(0, 2)).toEqual([first?.key, first?.count.toLocaleString('en')]);
    expect(lines).toContainEqual(expect.stringMatching(/^4 more rows with \d+ exits: --limit 0 shows all$/));
    expect(lines).toContainEqual(expect.stringContaining(`Total Samples:${byClass.total.toLocaleString('en')}`));
    const bars = profileTable(byClass, { ...options, limit: 1, histogram: true }).filter((line) => line.includes('@'));
    expect(bars).toEqual(histogramLines(first?.histogram ?? []));
  });

  it('becomes stacks that weigh what its rows do', () => {
    const profile = profileTape(tape, dimensionsOf('--by', 'symbol,class,register'));
    const stacks = stacksOf(profile, 'exits', 'guest instructions');
    expect([0, 1, 2].map((value) => stacks.total(value))).toEqual([
      profile.total,
      profile.instructions,
      profile.timeNs,
    ]);
    expect([...stacks.stacks()].every(({ frames }) => frames.length === 3)).toBe(true);
  });

  it('refuses what it does not know', () => {
    for (const [by, why] of [
      ['clas', /did you mean class\?/],
      ['intid,class', /give it alone/],
      ['', /nothing to profile by/],
    ] as const)
      expect(() => dimensionsOf('--by', by)).toThrow(why);
  });
});
