import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import type { ExportSource } from './export-source.ts';
import { vcd } from './vcd.ts';

/** When each signal of a scope changes, and to what, from its value at the beginning on. */
function changesOf(events: readonly object[]): Map<string, [at: number, value: string][]> {
  const numbered = events.map((event, ordinal) => ({ vcpu: 0, ordinal, ...event }) as RecordedEvent);
  const source: ExportSource = {
    ...{ title: 'a tape', vcpus: 2, events: () => numbered, interrupts: () => [] },
    header: { semantics: 3, level: 'exits', producer: '', machine: {}, images: [] },
    names: { symbolAt: () => undefined, registerAt: () => undefined, isArmv7: false },
  };
  const found = new Map<string, [at: number, value: string][]>();
  const names = new Map<string, string>();
  let [scope, at] = ['', 0];
  for (const line of [...vcd(source)].join('').split('\n')) {
    const [, module] = /^\$scope module (\S+)/.exec(line) ?? [];
    if (module !== undefined) scope = module;
    const [, code = '', name] = /^\$var wire \d+ (\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) names.set(code, `${scope} ${name}`);
    if (line.startsWith('#')) at = Number(line.slice(1));
    const [, value = '', of = ''] = /^([01])(\S+)$/.exec(line) ?? [];
    const signal = names.get(of);
    if (signal !== undefined) found.set(signal, [...(found.get(signal) ?? []), [at, value]]);
  }
  return found;
}
const turn = (at: number, from: number, to: number) => ({ kind: 'vcpu-turn', at, vcpu: from, from, to });

it('one vCPU has its turn at a time, and waits no more when it has', () => {
  const changes = changesOf([
    turn(10, 0, 1),
    { kind: 'wfi', at: 20, vcpu: 1, pc: 0n },
    turn(20, 1, 0),
    // Woken by an event of vCPU 0.
    turn(50, 0, 1),
  ]);
  expect(Object.fromEntries(changes)).toEqual({
    'vcpu0 runs': [
      [0, '1'],
      [10, '0'],
      [20, '1'],
      [50, '0'],
    ],
    'vcpu1 runs': [
      [0, '0'],
      [10, '1'],
      [20, '0'],
      [50, '1'],
    ],
    'vcpu0 wfi': [[0, '0']],
    'vcpu1 wfi': [
      [0, '0'],
      [20, '1'],
      [50, '0'],
    ],
  });
});
