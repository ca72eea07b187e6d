// What is seen of the demo guests at many moments, and that they do not notice it.
import { describe, expect, test } from 'vitest';
import { high32, low32 } from '../../src/base/bits.ts';
import { Access } from '../../src/core/mmu/access.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { build, demo, type Kind, kinds, runTo } from '../state/moments.fixture.ts';

const PLACES = Array.from({ length: 30 }, (_, n) => 1_000 + n * 1_013_337);
const titleOf = ({ arch, cpu }: Kind): string => `${arch} ${cpu ?? ''}`;

/** Looks at everything that there is to look at. */
function lookAround(machine: Machine): void {
  const view = new GuestView(machine);
  view.registers();
  for (const name of view.systemNames) view.register(name);
  for (const el of [0, 1] as const) view.virtual(view.pc, 8192, el);
  view.translate(view.pc);
  view.translate(0n);
  view.ipaOf(view.sp);
}

describe.each(kinds.map((kind) => [titleOf(kind), kind] as const))('%s', (_, kind) => {
  test('looking leaves no trace', () => {
    const guest = demo(kind);
    const [seen, unseen] = [build(guest), build(guest)];
    let last = -1;
    for (const place of [...PLACES, 1e9]) {
      lookAround(seen.machine);
      const runs = [seen, unseen].map((told) => runTo(guest, told, place, last));
      expect(seen.machine.stateHash()).toBe(unseen.machine.stateHash());
      if (!runs[0]) break;
      last = place;
    }
    expect(seen.events.lines).toEqual(unseen.events.lines);
  });

  test('addresses are where the guest would find them, and memory is what lies there', () => {
    const guest = demo(kind);
    const told = build(guest);
    const { machine } = told;
    const view = new GuestView(machine);
    const levels = new Set<number>();
    let checked = 0;
    for (let place = 1_000; place < 40e6; place += 5_003) {
      if (!runTo(guest, told, place, place - 5_003)) break;
      levels.add(view.el);
      const { cpu, architecture } = machine.cpu;
      for (const va of [view.pc, view.sp - 16n, 0x4010_0000n, 0x1000n]) {
        const ipa = view.ipaOf(va);
        if (cpu.el > 1) continue;
        const pa = architecture.mmu.probe(low32(va), high32(va), Access.read);
        // A place of the tables that this level may not read is none of its.
        if (pa < 0) continue;
        checked++;
        expect(view.ipaOfHost(pa)).toBe(ipa);
        const bytes = view.virtual(va, 8);
        expect(bytes).toEqual(machine.cpu.host.bytes.slice(pa, pa + bytes.length));
        expect(view.translate(va).stage1?.out).toBe(BigInt(ipa ?? -1));
      }
    }
    expect(checked).toBeGreaterThan(40);
    expect([...levels].sort()).toEqual([0, 1]);
  });

  test('registers have their own names, of the state and mode that the guest is in', () => {
    const guest = demo(kind);
    const told = build(guest);
    const { machine } = told;
    runTo(guest, told, 2_000_000);
    const view = new GuestView(machine);
    const registers = view.registers();
    expect(Object.keys(registers)).toEqual(
      kind.arch === 'arm64'
        ? [...Array.from({ length: 31 }, (_, n) => `x${n}`), 'sp', 'pc', 'pstate']
        : [...Array.from({ length: 13 }, (_, n) => `r${n}`), 'sp', 'lr', 'pc', 'cpsr'],
    );
    for (const [name, value] of Object.entries(registers)) expect(view.register(name.toUpperCase())).toBe(value);
    expect(registers.pc).toBe(machine.pc);
    expect(view.register(kind.arch === 'armv7' && kind.cpu === undefined ? 'ttbr0' : 'TTBR0_EL1')).not.toBe(undefined);
    for (const name of ['', 'x31', 'r16', 'w99', 'nonsense', 'ICC_IAR1_EL1', 'icc_eoir1_el1', '__proto__'])
      expect(view.register(name), name).toBe(undefined);
  });
});
