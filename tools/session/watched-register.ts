import { generalWriters } from '../../src/core/engine/observed-writers.ts';
import { registerCell } from '../../src/core/exception/modes.ts';
import { Cpsr } from '../../src/core/fields/psr.ts';
import * as cells from '../../src/core/state/cells.ts';
import { storedRegister } from '../../src/explain/stored-register.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import type { WatchedRegister } from '../../src/timeline/who-wrote.ts';

/** SP as instructions of A64 write it; SP and LR of AArch32. */
const SP = { a64: 31, aarch32: 13 } as const;
const LR = { a64: 30, aarch32: 14 } as const;
/** The first that modes have of their own. */
const BANKED = 8;
/** What the lifters' registers have bits for. */
const isIn = (written: number, n: number): boolean => ((written >>> n) & 1) !== 0;

/**
 * A register of the guest by its name, to be looked at between all instructions: SP, and in AArch32 the registers that modes have of
 * their own, as they are banked at this moment: of the vCPU that is looked at. Undefined where there is none of this name.
 */
export function watchedRegister(view: GuestView, name: string): WatchedRegister | undefined {
  const vcpu = view.machine.cpu.loaded;
  const watched = registerHere(view, name);
  return watched && { ...watched, vcpu };
}
function registerHere(view: GuestView, name: string): WatchedRegister | undefined {
  const lower = name.toLowerCase();
  if (lower === 'pc' || view.register(name) === undefined) return undefined;
  const { cpu } = view.machine.cpu;
  const state = view.isAarch32 ? 'aarch32' : 'a64';
  const n = generalNumber(lower, state);
  if (n === undefined) return storedRegister(view, name) ?? { read: () => view.register(name) ?? 0n };
  if (state === 'aarch32') {
    const mode = view.psr & Cpsr.m;
    const cell = (): number => registerCell(cpu, mode, n);
    return {
      cell,
      ...(n < BANKED ? { writers: generalWriters([n]) } : {}),
      read: () => BigInt(cpu.get32(cell())),
      isWritten: ({ isa, written }) =>
        isa !== 'a64' && isIn(written.general, n) && (n < BANKED || cpu.get32(cells.AARCH32_MODE) === mode),
    };
  }
  if (n === SP.a64) {
    const { el } = view;
    const own = view.sp === view.register('SP_EL1') && el === 1 ? 'SP_EL1' : 'SP_EL0';
    const port = view.machine.cpu.register(own);
    return { read: () => port.read(), isWritten: (at) => at.el === el && isIn(at.written.general, n) };
  }
  const mask = lower.startsWith('w') ? 0xffff_ffffn : (1n << 64n) - 1n;
  const cell = cells.X + 8 * n;
  return {
    cell: () => cell,
    writers: generalWriters([n]),
    read: () => cpu.get64(cell) & mask,
    isWritten: (at) => isIn(at.written.general, n),
  };
}

function generalNumber(name: string, state: 'a64' | 'aarch32'): number | undefined {
  if (name === 'sp') return SP[state];
  if (name === 'lr') return LR[state];
  if (name === 'fp') return state === 'a64' ? 29 : 11;
  const digits = (state === 'a64' ? /^[xw]([0-9]{1,2})$/ : /^r([0-9]{1,2})$/).exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
