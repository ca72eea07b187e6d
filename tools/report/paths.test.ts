import { describe, expect, it } from 'vitest';
import type { Exit } from '../../src/analysis/exits.ts';
import { BhyveExit, KvmClass } from '../../src/trace/events/index.ts';
import { Names, PATHS_MAX, PathTable } from './paths.ts';

const exit = (pc: bigint, more: Partial<Exit> = {}): Exit => ({
  at: 0,
  ordinal: 0,
  vcpu: 0,
  instructions: 0,
  timeNs: 0,
  pc,
  bhyveExit: BhyveExit.INST_EMUL,
  kvmClass: KvmClass.DABT_LOW,
  esr: 0,
  far: 0n,
  hpfar: 0n,
  handled: undefined,
  ...more,
});
const guest = {
  functionAt: (pc: bigint) => (pc < 0x1000n ? `f${pc >> 4n}` : undefined),
  registerAt: (ipa: bigint) => (ipa === 0x18n ? 'pl011 UARTFR' : ipa === 0x40n ? 'pl011' : undefined),
  isArmv7: false,
};

describe('paths', () => {
  it('are told apart by vCPU, class, function, register and access', () => {
    const names = new Names();
    const table = new PathTable(guest, names);
    const read = { kind: 'mmio-read', ipa: 0x18n, size: 4, value: 0n } as const;
    const numbers = [
      exit(0x10n, { handled: read }),
      exit(0x14n, { handled: read }),
      exit(0x20n, { handled: read }),
      exit(0x10n, { handled: { ...read, kind: 'mmio-write' } }),
      exit(0x10n, { handled: read, vcpu: 1 }),
      exit(0x10n, { handled: { ...read, ipa: 0x40n } }),
      exit(0x10n, { handled: { ...read, ipa: 0x99n } }),
      exit(0x2000n, { kvmClass: KvmClass.IRQ, bhyveExit: BhyveExit.BOGUS }),
    ].map((one) => table.number(one));
    expect(numbers).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
    const paths = table.take();
    const text = (column: Uint32Array): string[] => [...column].map((name) => names.all[name] ?? '');
    expect(text(paths.symbol)).toEqual(['f1', 'f2', 'f1', 'f1', 'f1', 'f1', '']);
    expect(text(paths.device)).toEqual(['pl011', 'pl011', 'pl011', 'pl011', 'pl011', '0x0', '']);
    expect(text(paths.register)).toEqual(['UARTFR', 'UARTFR', 'UARTFR', 'UARTFR', '0x40', '0x99', '']);
    expect(text(paths.access)).toEqual(['read', 'read', 'write', 'read', 'read', 'read', '']);
    expect([...paths.vcpu]).toEqual([0, 0, 0, 1, 0, 0, 0]);
    expect(text(paths.className).at(-1)).toBe('IRQ');
  });

  it('have the stacks and tasks that a replay sees', () => {
    const names = new Names();
    const seen = (one: Exit) => ({
      stack: one.ordinal % 2 === 0 ? 'main;f' : 'main;g;f',
      task: one.ordinal < 2 ? 'init/1' : undefined,
    });
    const table = new PathTable({ ...guest, seen }, names);
    expect([0, 1, 2, 0].map((ordinal) => table.number(exit(0x10n, { ordinal })))).toEqual([0, 1, 2, 0]);
    const { stack, stacks, task } = table.take();
    expect([...stack].map((of) => [...(stacks[of] ?? [])].map((name) => names.all[name]))).toEqual([
      ['main', 'f'],
      ['main', 'g', 'f'],
      ['main', 'f'],
    ]);
    expect([...task].map((name) => names.all[name])).toEqual(['init/1', 'init/1', '']);
  });

  it('are bounded, in number and in names, whatever a forged tape has', () => {
    const names = new Names();
    const table = new PathTable({ ...guest, functionAt: (pc) => `${'long'.repeat(1000)}${pc}` }, names);
    for (let i = 0; i < PATHS_MAX + 5000; i++) table.number(exit(BigInt(i), { vcpu: i % 3 }));
    for (let i = 0; i < 20_000; i++)
      table.number(exit(1n, { handled: { kind: 'mmio-read', ipa: BigInt(i), size: 4, value: 0n } }));
    const { vcpu } = table.take();
    expect(vcpu.length).toBeLessThan(PATHS_MAX + 16);
    expect(table.crowded).toBeGreaterThan(5000);
    expect(names.all.length).toBeLessThan(3 * PATHS_MAX);
    expect(Math.max(...names.all.map((name) => name.length))).toBeLessThan(300);
  });
});
