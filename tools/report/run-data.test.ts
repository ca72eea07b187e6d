import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { bhyveExitName, kvmClassName } from '../../src/trace/events/index.ts';
import { interruptProfile } from '../profiling/interrupts.ts';
import { ProfiledTape } from '../profiling/profiled-tape.ts';
import { packData, unpackData } from './container.ts';
import type { RunData } from './report-data.ts';
import { runDataOf } from './run-data.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../traces/golden/v3/${name}.tape`, import.meta.url));

function read(name: string): { readonly tape: ProfiledTape; readonly reader: TapeReader; readonly data: RunData } {
  const tape = new ProfiledTape(golden(name), {});
  return { tape, reader: tape.reader, data: runDataOf(tape) };
}

/** Counts by what a path is called. */
function countsBy({ exits, names }: RunData, label: (path: number, name: (number?: number) => string) => string) {
  const counts = new Map<string, number>();
  for (const path of exits.path) {
    const key = label(path, (number) => names[number ?? 0] ?? '');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

describe.each(['demo-arm64', 'demo-armv7', 'demo-arm64-bhyve-2018'])('what a page shows of %s', (name) => {
  const { tape, reader, data } = read(name);
  const { paths } = data;

  it('has each exit of the tape, where and when it was', () => {
    const wanted = new Map<string, number>();
    const at: number[] = [];
    const ordinals: number[] = [];
    for (const event of reader.events()) {
      if (event.kind !== 'vm-exit') continue;
      const key = `${kvmClassName(event.kvmClass)}/${bhyveExitName(event.bhyveExit)} ${tape.functionAt(event.pc) ?? ''}`;
      wanted.set(key, (wanted.get(key) ?? 0) + 1);
      at.push(event.at);
      ordinals.push(event.ordinal);
    }
    const found = countsBy(
      data,
      (p, name) => `${name(paths.className[p])}/${name(paths.bhyve[p])} ${name(paths.symbol[p])}`,
    );
    expect(found).toEqual(wanted);
    expect([...data.exits.at]).toEqual(at);
    expect([...data.exits.ordinal]).toEqual(ordinals);
  });

  it('has each access to a device and to a register of the CPU', () => {
    const wanted = new Map<string, number>();
    for (const event of reader.events()) {
      if (event.kind !== 'mmio-read' && event.kind !== 'mmio-write') continue;
      const key = `${tape.registerAt(event.ipa)} ${event.kind.slice('mmio-'.length)}`;
      wanted.set(key, (wanted.get(key) ?? 0) + 1);
    }
    const found = countsBy(
      data,
      (p, name) => `${name(paths.device[p])} ${name(paths.register[p])} ${name(paths.access[p])}`,
    );
    for (const [key, count] of wanted) expect(found.get(key), key).toBe(count);
    const sysregs = [...reader.events()].filter(({ kind }) => kind === 'sysreg-read' || kind === 'sysreg-write').length;
    const ofCpu =
      countsBy(data, (p, name) => `${name(paths.device[p])}, ${name(paths.bhyve[p])}`).get('CPU, REG_EMUL') ?? 0;
    expect(ofCpu).toBe(sysregs);
  });

  it('accounts for all instructions and all of the console', () => {
    const text = Buffer.concat(
      [...reader.events()].flatMap((event) => (event.kind === 'console-out' ? [event.bytes] : [])),
    ).toString();
    expect(data.console.lines).toEqual(text.replaceAll('\r', '').replace(/\n$/, '').split('\n'));
    const before = data.exits.gap.reduce((sum, gap) => sum + gap, 0);
    expect(before).toBeLessThanOrEqual(data.instructions as number);
    expect(before).toBeGreaterThan((data.instructions as number) * 0.5);
    const idle = data.idle.to.reduce((sum, to, i) => sum + to - (data.idle.from[i] as number), 0);
    expect(data.instructions).toBe(data.span.to - data.span.from - idle);
    expect(data.outcome).toMatchObject({ text: 'poweroff', isGood: true });
  });

  it('goes into a page and comes out the same', () => {
    expect(unpackData(packData(data))).toEqual(data);
  });
});

it('holds of a stretch what is in it', () => {
  const whole = read('demo-arm64').data;
  const [from, to] = [1_000_000, 2_000_000];
  const part = runDataOf(new ProfiledTape(golden('demo-arm64'), { from: String(from), to: String(to) }));
  const within = (at: number): boolean => at >= from && at <= to;
  expect([...part.exits.at]).toEqual([...whole.exits.at].filter(within));
  expect(part.span).toEqual({ from, to });
  expect([...part.interrupts.lives.at].every(within)).toBe(true);
  expect(part.interrupts.lives.at.length).toBeGreaterThan(0);
});

it('has each life of an interrupt, told as the profile tells it', () => {
  const { tape, reader, data } = read('demo-arm64');
  const { interrupts, timers } = interruptProfile(tape);
  expect(data.interrupts.kinds.map(({ intid, raised, acknowledged }) => ({ intid, raised, acknowledged }))).toEqual(
    interrupts.map(({ intid, raised, acknowledged }) => ({ intid, raised, acknowledged })),
  );
  expect(data.interrupts.timers.map(({ name, fired }) => ({ name, fired }))).toEqual(
    timers.map(({ timer, fired }) => ({ name: timer, fired })),
  );
  const acks = [...reader.events()].flatMap((event) => (event.kind === 'irq-ack' ? [event.at] : []));
  const { lives } = data.interrupts;
  const found = [...lives.at].flatMap((at, i) =>
    (lives.acknowledged[i] as number) < 0 ? [] : [at + (lives.acknowledged[i] as number)],
  );
  expect(found.sort((a, b) => a - b)).toEqual(acks);
  expect(data.interrupts.kinds.find(({ intid }) => intid === 27)?.name).toBe('virtual timer');
});
