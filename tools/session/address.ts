import { Failure } from '../../src/base/failure.ts';
import { bigOf } from './numbers.ts';

/** An address of the guest's memory, as options name it. */
export interface GuestAddress {
  readonly kind: 'va' | 'pa';
  readonly at: bigint;
}

/** An option's description that says what addresses are. */
export const ADDRESS_HELP = 'va:ADDRESS, or a guest-physical one: pa:ADDRESS or ADDRESS alone';

/** `va:0xffff800008000000`, or a guest-physical address: `pa:0x40000000`, `0x40000000`. @throws Failure where it is none */
export function addressOf(option: string, text: string): GuestAddress {
  const [, kind = 'pa', number = text] = /^(va|pa):(.*)$/.exec(text) ?? [];
  if (number === '') throw new Failure(`${option} ${text}: give ${ADDRESS_HELP}`);
  return { kind: kind as GuestAddress['kind'], at: bigOf(option, number) };
}
