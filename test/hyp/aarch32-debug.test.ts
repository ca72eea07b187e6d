// Monitor debug-mode of guests in AArch32 state: the registers are theirs, and debug events come as aborts (Arm ARM DDI 0406C, C3, C4).
import { describe, expect, it } from 'vitest';
import { CODE, onCortexA15, onCortexA57, prologueBytes, runGuest } from './guest.fixture.ts';
import type { Code } from './isa.fixture.ts';

const word = (value: number): Code => [value & 0xffff, value >>> 16];
type Register = readonly [opc1: number, crn: number, crm: number, opc2: number];
const transfer = (base: number, coprocessor: number, [opc1, crn, crm, opc2]: Register, t: number): Code =>
  word((base | (opc1 << 21) | (crn << 16) | (t << 12) | (coprocessor << 8) | (opc2 << 5) | crm) >>> 0);
const mrc = (register: Register, t: number, coprocessor = 14): Code => transfer(0xee10_0010, coprocessor, register, t);
const mcr = (register: Register, t: number, coprocessor = 14): Code => transfer(0xee00_0010, coprocessor, register, t);

const DBGDIDR: Register = [0, 0, 0, 0];
const DBGDSCRint: Register = [0, 0, 1, 0];
const DBGDSCRext: Register = [0, 0, 2, 2];
const DBGVCR: Register = [0, 0, 7, 0];
const DBGOSLAR: Register = [0, 1, 0, 4];
const DBGOSLSR: Register = [0, 1, 1, 4];
const DBGDEVID: Register = [0, 7, 2, 7];
const DBGBVR = (n: number): Register => [0, 0, n, 4];
const DBGBCR = (n: number): Register => [0, 0, n, 5];
const DBGBXVR = (n: number): Register => [0, 1, n, 1];
const DBGWVR = (n: number): Register => [0, 0, n, 6];
const DBGWCR = (n: number): Register => [0, 0, n, 7];
/** Of CP15. */
const CONTEXTIDR: Register = [0, 13, 0, 1];
const TTBCR: Register = [0, 2, 0, 2];

const MDBGEN = 0x8000;
const KEY = 0xc5ac_ce55;
const NOP = word(0xe1a0_0000);
/** Vectors of the fixture. */
const SVC_VECTOR = CODE + 0x1008;
/** E, PMC for PL1, BAS of a word; with a type. */
const execute = (type = 0, linked = 0): number => 1 | (1 << 1) | (0xf << 5) | (type << 20) | (linked << 16);
/** E, PAC for PL1, LSC, BAS. */
const access = (lsc: number, bas: number): number => 1 | (1 << 1) | (lsc << 3) | (bas << 5);
const DATA = CODE + 0x4000;

describe.each([onCortexA15, onCortexA57])('debug of ARMv7 guests: $host', ({ a32, t32, dfsr }) => {
  const { isa } = a32;
  const isA15 = a32.cpu === undefined;
  const run = (...main: Code[]) => runGuest(a32, { main: () => main });
  type Run = ReturnType<typeof run>;
  const put = (register: Register, value: number, coprocessor = 14): Code => [
    ...isa.li(1, value),
    ...mcr(register, 1, coprocessor),
  ];
  /** Opens the OS lock and enables monitor debug-mode. */
  const enable = [put(DBGOSLAR, 0), put(DBGDSCRext, MDBGEN)];
  const start = CODE + prologueBytes(a32);
  const bytes = (codes: readonly Code[]): number => 2 * codes.flat().length;
  const ifsr = ({ machine }: Run): number =>
    Number(BigInt.asUintN(32, machine.vm.readRegister(0, isA15 ? 'IFSR' : 'IFSR32_EL2')));
  const moe = ({ machine }: Run): number =>
    (Number(machine.vm.readRegister(0, isA15 ? 'DBGDSCRext' : 'MDSCR_EL1')) >>> 2) & 15;
  /** Runs code with NOPs behind it after a breakpoint register was written with an address among these. */
  function breakAt(nop: number, control: number, before: readonly Code[] = [], n = 0): Run {
    const head = [...before, put(DBGBVR(n), start + 0x100 + 4 * nop), put(DBGBCR(n), control)];
    const padding = Array.from({ length: (0x100 - bytes(head)) / 4 }, () => NOP);
    return run(...head, ...padding, NOP, NOP, NOP, NOP);
  }
  const place = (nop: number): number => start + 0x100 + 4 * nop;

  it('tell what there is, as their manuals do', () => {
    const { r } = run(mrc(DBGDIDR, 4), mrc(DBGDEVID, 6), mrc(DBGDSCRint, 7));
    expect(r(4)).toBe(isA15 ? 0x3515_f040 : 0x3516_8000);
    expect(r(6)).toBe(0x0111_0f13);
    expect(r(7)).toBe(0x7_0000);
  });

  it('are the guest’s without exits, but for the OS lock, which is opened by what is no key', () => {
    const { r, log } = run(
      put(DBGBVR(5), 0x1234_5678),
      put(DBGBCR(5), 0xffff_ffff),
      put(DBGBXVR(5), 0x1ff),
      put(DBGWVR(3), 0x1234_5677),
      put(DBGWCR(3), 0xffff_ffff),
      put(DBGDSCRext, 0xffff_ffff),
      mrc(DBGBVR(5), 4),
      mrc(DBGBCR(5), 6),
      mrc(DBGBXVR(5), 7),
      mrc(DBGWVR(3), 8),
      mrc(DBGWCR(3), 9),
      mrc(DBGDSCRext, 10),
      put(DBGDSCRext, 0),
      mrc(DBGOSLSR, 2),
      put(DBGOSLAR, 1),
      mrc(DBGOSLSR, 11),
      put(DBGOSLAR, KEY),
      mrc(DBGOSLSR, 12),
    );
    expect([4, 6, 7, 8, 9, 10].map(r)).toEqual([0x1234_5678, 0x00ff_e1e7, 0xff, 0x1234_5674, 0x1f1f_ffff, 0x0007_903c]);
    expect([2, 11, 12].map(r)).toEqual([0xa, 8, 0xa]);
    // CP14_MR.
    expect(log.of('vm-exit').filter((e) => e.kvmClass === 5)).toHaveLength(5);
  });

  it('stop before an instruction, in a prefetch abort', () => {
    const hit = breakAt(2, execute(), enable);
    expect(hit.taken).toMatchObject({ kind: 'prefetch-abort', at: place(2) });
    expect([ifsr(hit), moe(hit)]).toEqual([2, 1]);
  });
  it('tell of it in the format of translation tables', () => {
    const hit = breakAt(0, execute(), [...enable, put(TTBCR, 0x8000_0000, 15)]);
    expect(ifsr(hit)).toBe(0x222);
  });
  it('do nothing under the OS lock, without monitor debug-mode, or for another mode', () => {
    expect(breakAt(0, execute(), [put(DBGDSCRext, MDBGEN)]).taken).toBeUndefined();
    expect(breakAt(0, execute(), [put(DBGOSLAR, 0)]).taken).toBeUndefined();
    expect(breakAt(0, execute() ^ 6, enable).taken).toBeUndefined();
    // PMC 0: User, System and Supervisor mode.
    expect(breakAt(0, execute() & ~6, enable).taken).toMatchObject({ at: place(0) });
  });
  it('step by mismatch: before the second instruction behind the one that enables it', () => {
    // Of User, System and Supervisor mode: in Abort mode it would be met for ever.
    const control = execute(0b0100) & ~6;
    const code = (address: number): Code[] => [...enable, put(DBGBVR(0), address), put(DBGBCR(0), control)];
    const end = start + bytes(code(start));
    expect([bytes(code(0)), bytes(code(end))]).toEqual([bytes(code(start)), bytes(code(start))]);
    const stopped = run(...code(end), NOP, NOP, NOP);
    expect(stopped.taken).toMatchObject({ kind: 'prefetch-abort', at: end + 4 });
    expect(moe(stopped)).toBe(1);
    expect(run(...code(0), NOP, NOP).taken).toMatchObject({ at: end });
  });
  it('are linked to a context, a VMID, or both', () => {
    const context = (type: number, cid: number, vmid: number): readonly Code[] => [
      ...enable,
      put(CONTEXTIDR, 0x1234, 15),
      put(DBGBVR(4), cid),
      put(DBGBXVR(4), vmid),
      put(DBGBCR(4), execute(type)),
    ];
    const linked = execute(0b0001, 4);
    const isHit = (type: number, cid: number, vmid: number): boolean =>
      breakAt(0, linked, context(type, cid, vmid)).taken?.at === place(0);
    expect([isHit(0b0011, 0x1234, 0), isHit(0b0011, 0x1235, 0)]).toEqual([true, false]);
    // The hypervisor's one guest has VMID 1.
    expect([isHit(0b1001, 0, 1), isHit(0b1001, 0, 2)]).toEqual([true, false]);
    expect([isHit(0b1011, 0x1234, 1), isHit(0b1011, 0x1234, 2), isHit(0b1011, 0, 1)]).toEqual([true, false, false]);
    // Not linked to: an event by itself.
    expect(run(...context(0b0010, 0x1234, 0), NOP).taken).toMatchObject({ kind: 'prefetch-abort' });
  });

  it('watch stores and loads, in a data abort with the address', () => {
    const watch = (lsc: number, bas: number): Code[] => [
      ...enable,
      isa.li(0, DATA),
      isa.li(2, 0x55),
      put(DBGWVR(1), DATA),
      put(DBGWCR(1), access(lsc, bas)),
    ];
    const store = isa.store({ t: 2, n: 0, size: 4, offset: 0 });
    const load = isa.load({ t: 3, n: 0, size: 4, offset: 0 });
    const stored = run(...watch(2, 0xf), load, store);
    const at = start + bytes([...watch(2, 0xf), load]);
    expect(stored.taken).toEqual({ kind: 'data-abort', at, far: DATA });
    expect([dfsr(stored.machine), moe(stored)]).toEqual([0x802, 10]);
    expect(stored.machine.vm.memory.view(DATA, 4)?.[0]).toBe(0);
    const loaded = run(...watch(1, 0b0100), store, load);
    expect(loaded.taken).toMatchObject({ kind: 'data-abort', far: DATA + 2 });
    expect(dfsr(loaded.machine)).toBe(2);
    expect(run(...watch(1, 0xf0), store, load).taken).toBeUndefined();
  });

  it('catch vectors, but those of aborts', () => {
    const bit = isA15 ? 24 : 0;
    const SVC = word(0xef00_0000);
    const caught = run(...enable, put(DBGVCR, (1 << (bit + 2)) >>> 0), SVC);
    expect(caught.taken).toMatchObject({ kind: 'prefetch-abort', at: SVC_VECTOR });
    expect([ifsr(caught), moe(caught)]).toEqual([2, 5]);
    const BKPT = word(0xe120_0070);
    const code = [...enable, put(DBGVCR, (1 << (bit + 3)) >>> 0)];
    const other = run(...code, BKPT);
    expect(other.taken).toMatchObject({ kind: 'prefetch-abort', at: start + bytes(code) });
    expect(moe(other)).toBe(3);
  });

  it('choose halfwords in T32', () => {
    // The same words as in A32, halfwords in the other order.
    const t = (codes: readonly Code[]): Code => codes.flatMap(([low = 0, high = 0]) => [high, low]);
    const from = t32.isa;
    const write = (register: Register, value: number): Code => [...from.li(1, value), ...t([mcr(register, 1)])];
    const head = (bas: number, address: number): Code[] => [
      write(DBGOSLAR, 0),
      write(DBGDSCRext, MDBGEN),
      write(DBGBVR(0), address & ~3),
      write(DBGBCR(0), 1 | (1 << 1) | (bas << 5)),
    ];
    const base = CODE + prologueBytes(t32);
    const first = (base + bytes(head(0xf, base)) + 3) & ~3;
    const nops = Array.from({ length: 6 }, (): Code => [0xbf00]);
    const stopped = (bas: number) => runGuest(t32, { main: () => [...head(bas, first), ...nops] }).taken?.at;
    expect([stopped(0b0011), stopped(0b1100)]).toEqual([first, first + 2]);
  });
});

it.each(['cortex-a15@2', 'cortex-a57@2'])('%s has none, as tapes of it say', (cpu) => {
  const { a32 } = cpu === 'cortex-a15@2' ? onCortexA15 : onCortexA57;
  const codes = [mrc(DBGDIDR, 4), mrc(DBGOSLSR, 6), mrc(DBGDSCRext, 8)];
  const { r, log, taken } = runGuest({ ...a32, cpu: cpu as never }, { main: () => [...codes, mrc(DBGBCR(0), 7)] });
  expect([4, 6, 8].map(r)).toEqual([0, 0, 0]);
  expect(log.of('vm-exit').filter((e) => e.kvmClass === 5)).toHaveLength(3);
  expect(taken).toMatchObject({ kind: 'undefined', at: CODE + prologueBytes(a32) + 2 * codes.flat().length });
});
