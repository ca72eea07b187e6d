import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { bhyveExitName, kvmClassName } from '../../src/trace/events/index.ts';
import { deviceRegisters } from '../session/event-symbols.ts';
import { packData, unpackData } from './container.ts';
import type { RunData } from './report-data.ts';
import { runDataOf } from './run-data.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../traces/golden/v3/${name}.tape`, import.meta.url));

function read(name: string): { readonly reader: TapeReader; readonly data: RunData } {
  const reader = TapeReader.open(golden(name));
  const isArmv7 = name.includes('armv7');
  return {
    reader,
    data: runDataOf(reader, { functionAt: (pc) => `f${pc}`, registerAt: deviceRegisters(reader), isArmv7 }),
  };
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

describe.each(['demo-arm64', 'demo-armv7', 'demo-arm64-bhyve-2018'])('what a page shows of %s', (tape) => {
  const { reader, data } = read(tape);
  const { paths } = data;

  it('has each exit of the tape, where and when it was', () => {
    const wanted = new Map<string, number>();
    const at: number[] = [];
    const ordinals: number[] = [];
    for (const event of reader.events()) {
      if (event.kind !== 'vm-exit') continue;
      const key = `${kvmClassName(event.kvmClass)}/${bhyveExitName(event.bhyveExit)} f${event.pc}`;
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
    const registerAt = deviceRegisters(reader);
    const wanted = new Map<string, number>();
    for (const event of reader.events()) {
      if (event.kind !== 'mmio-read' && event.kind !== 'mmio-write') continue;
      const key = `${registerAt(event.ipa)} ${event.kind.slice('mmio-'.length)}`;
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
    expect(data.outcome).toEqual({ text: 'poweroff', isGood: true });
  });

  it('goes into a page and comes out the same', () => {
    expect(unpackData(packData(data))).toEqual(data);
  });
});

it('says of a tape of inputs that its exits are elsewhere', () => {
  const { data } = read('demo-arm64-inputs');
  expect(data.exits.at.length).toBe(0);
  expect(data.notes.join()).toContain('retrace');
});
