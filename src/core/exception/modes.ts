import { Hcr } from '../fields/hcr.ts';
import { Mode } from '../fields/psr.ts';
import { AARCH32_MODE, CURRENT_EL, R_USR, X } from '../state/cells.ts';
import type { CellReader, PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** R8 is the first register that any mode has of its own. */
const FIRST_BANKED = 8;

interface Bank {
  /** The mode's own registers start with this one and end with R14, or with R13 alone in Hyp mode. */
  readonly first: number;
  /** X registers that hold them for AArch64. Arm ARM DDI 0487, D1.20.1, "Mapping of the general-purpose registers". */
  readonly views: readonly number[];
  readonly spsr: number;
}

const banks = {
  [Mode.fiq]: { first: 8, views: [24, 25, 26, 27, 28, 29, 30], spsr: sys.SPSR_fiq },
  [Mode.irq]: { first: 13, views: [17, 16], spsr: sys.SPSR_irq },
  [Mode.svc]: { first: 13, views: [19, 18], spsr: sys.SPSR_EL1 },
  [Mode.abt]: { first: 13, views: [21, 20], spsr: sys.SPSR_abt },
  [Mode.und]: { first: 13, views: [23, 22], spsr: sys.SPSR_und },
  [Mode.hyp]: { first: 13, views: [15], spsr: sys.SPSR_EL2 },
} as const satisfies Readonly<Record<number, Bank>>;

/** By CPSR.M[3:0]. User and System mode have no bank, nor has AArch64 state (0, as user mode). */
const bankByMode: readonly (Bank | null)[] = Array.from(
  { length: 16 },
  (_, n) => (banks as Readonly<Record<number, Bank>>)[n | 0b10000] ?? null,
);
const bankOf = (mode: number): Bank | null => bankByMode[mode & 15] as Bank | null;

/** Exception level of each mode, by CPSR.M[3:0]; -1 where there is none, Monitor mode among them: the CPU has no EL3. */
const levels: readonly number[] = Array.from({ length: 16 }, (_, n) => {
  const mode = n | 0b10000;
  if (mode === Mode.usr) return 0;
  if (mode === Mode.hyp) return 2;
  return (Object.values(Mode) as number[]).includes(mode) ? 1 : -1;
});
/** Exception level of the mode in a CPSR or SPSR of AArch32, -1 where it is no mode of this CPU. */
export const levelOfMode = (psr: number): number => levels[psr & 15] as number;

/** Puts a mode's own registers away: those of user mode are back in their place. */
function stow(cpu: PeState, { first, views }: Bank): void {
  for (let i = 0; i < views.length; i++) {
    const at = X + 8 * (first + i);
    cpu.set32(X + 8 * (views[i] as number), cpu.get32(at));
    cpu.set32(at, cpu.get32(R_USR + 4 * (first + i - FIRST_BANKED)));
  }
}
/** The reverse. */
function unstow(cpu: PeState, { first, views }: Bank): void {
  for (let i = 0; i < views.length; i++) {
    const at = X + 8 * (first + i);
    cpu.set32(R_USR + 4 * (first + i - FIRST_BANKED), cpu.get32(at));
    cpu.set32(at, cpu.get32(X + 8 * (views[i] as number)));
  }
}

/** Enters a mode of AArch32, from another one or from AArch64 state: level and banked registers are its. */
export function selectMode(cpu: PeState, mode: number): void {
  const from = bankOf(cpu.get32(AARCH32_MODE));
  const to = bankOf(mode);
  if (from !== to) {
    if (from !== null) stow(cpu, from);
    if (to !== null) unstow(cpu, to);
  }
  cpu.set32(AARCH32_MODE, mode);
  cpu.set32(CURRENT_EL, levelOfMode(mode));
}

/** Leaves AArch32 state: X registers are as AArch64 is to see them. The level is for the caller to set. */
export function leaveAarch32(cpu: PeState): void {
  const from = bankOf(cpu.get32(AARCH32_MODE));
  if (from !== null) stow(cpu, from);
  cpu.set32(AARCH32_MODE, 0);
}

/** Whether a level that an exception is taken to, from the state the CPU is in, uses AArch32 (ELUsingAArch32 of DDI 0487). */
export function usesAarch32(cpu: PeState, el: 1 | 2): boolean {
  if (cpu.get32(sys.AARCH32_ONLY) !== 0) return true;
  // AArch64 has none but AArch64 above it.
  if (el === 2 || cpu.get32(AARCH32_MODE) === 0) return false;
  return (cpu.get32(sys.HCR_EL2) & Hcr.rw) === 0;
}

/** The bank of a mode, where Rn is one of its own. */
function ownBank(mode: number, n: number): Bank | null {
  const bank = bankOf(mode);
  return bank !== null && n >= bank.first && n < bank.first + bank.views.length ? bank : null;
}

/** Cell where R0..R14 of a mode are now, whatever mode the CPU is in: 32 bits. */
export function registerCell(cpu: CellReader, mode: number, n: number): number {
  const own = ownBank(mode, n);
  const current = ownBank(cpu.get32(AARCH32_MODE), n);
  if (own === current) return X + 8 * n;
  return own === null ? R_USR + 4 * (n - FIRST_BANKED) : X + 8 * (own.views[n - own.first] as number);
}

/** Number of the X register that AArch64 knows Rn of a mode by; 31 for the PC. */
export function viewOf(mode: number, n: number): number {
  if (n === 15) return 31;
  const own = ownBank(mode, n);
  return own === null ? n : (own.views[n - own.first] as number);
}

/** Cell of the low half of X<n> as AArch64 would see it, whatever mode the CPU is in. The high half stays in its place. */
export function viewCell(cpu: CellReader, n: number): number {
  const bank = bankOf(cpu.get32(AARCH32_MODE));
  if (bank === null) return X + 8 * n;
  const own = bank.views.indexOf(n);
  if (own >= 0) return X + 8 * (bank.first + own);
  const hidden = n >= bank.first && n < bank.first + bank.views.length;
  return hidden ? R_USR + 4 * (n - FIRST_BANKED) : X + 8 * n;
}

/** Cell of the SPSR of a mode; null in User and System mode, which have none. */
export const spsrCell = (mode: number): number | null => bankOf(mode)?.spsr ?? null;
