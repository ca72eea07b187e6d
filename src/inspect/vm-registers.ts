import { isStateOfGuest } from '../core/snapshot.ts';
import type { GuestView } from './guest-view.ts';
import { vmSystemRegisters } from './vm-register-names.ts';

/** Behind names of EL1's registers (Arm ARM DDI 0487, D19). */
const LEVEL = '_EL1';
const NUMBERED = /^[xr]\d+$/;

/** Those of `vmRegisterNames` that the guest has, each once: in the state that it is in. */
export function registersOf(view: GuestView): ReadonlyMap<string, bigint> {
  const { pstate, ...general } = view.registers();
  const all = new Map(Object.entries(general));
  if (pstate !== undefined) all.set('cpsr', pstate);
  for (const name of vmSystemRegisters) {
    const value = view.register(name);
    if (value !== undefined) all.set(name.toLowerCase(), value);
  }
  return all;
}

/** A register by its name, of EL1 where that is left out: `esr` is ESR_EL1. Undefined where the guest has none of the name. */
export function registerOf(view: GuestView, name: string): bigint | undefined {
  return view.register(name) ?? view.register(`${name.toUpperCase()}${LEVEL}`);
}

/** The same name as a change of a register has it (`Edit`); as it is, where it is none that can be changed. */
export function editedRegister(view: GuestView, name: string): string {
  const lower = name.toLowerCase();
  if (lower === 'lr') return view.isAarch32 ? 'r14' : 'x30';
  if (lower === 'fp') return view.isAarch32 ? 'r11' : 'x29';
  if (lower === 'pc' || lower === 'sp' || NUMBERED.test(lower)) return lower;
  const upper = name.toUpperCase();
  return [upper, `${upper}${LEVEL}`].find(isStateOfGuest) ?? name;
}
