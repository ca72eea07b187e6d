import { high32, low32 } from '../../base/bits.ts';
import { BhyveExit, sysregRead, sysregWrite } from '../../trace/events/index.ts';
import type { ArmHypervisor } from './hypervisor.ts';
import { always, HANDLED, type Outcome, type Trap, type TrapRow } from './trap.ts';

/** A trapped system or coprocessor register. An access that the row has no case for is UNDEFINED. */
export interface RegisterRow<H> {
  readonly encoding: number;
  readonly read?: (h: H, vcpu: number) => bigint;
  readonly write?: (h: H, vcpu: number, value: bigint) => void;
}

/** An access as its syndrome gives it. */
export interface RegisterAccess {
  readonly encoding: number;
  readonly rt: number;
  /** The upper half's register, of a 64-bit access from AArch32. */
  readonly rt2?: number;
  readonly isRead: boolean;
}

/** For registers that are WI. */
export const ignoreWrite = (): void => {};
/** For registers that are RAZ. */
export const readZero = (): bigint => 0n;

/** Rows by their encodings. */
export const byEncoding = <R extends { readonly encoding: number }>(rows: readonly R[]): ReadonlyMap<number, R> =>
  new Map(rows.map((row) => [row.encoding, row]));

function readGprs(h: ArmHypervisor, { rt, rt2 }: RegisterAccess): bigint {
  if (rt2 === undefined) return h.gpr(rt);
  return BigInt.asUintN(32, h.gpr(rt)) | (BigInt.asUintN(32, h.gpr(rt2)) << 32n);
}

function writeGprs(h: ArmHypervisor, { rt, rt2 }: RegisterAccess, value: bigint): void {
  const low = low32(value);
  const high = high32(value);
  h.setGpr(rt, low, rt2 === undefined ? high : 0);
  if (rt2 !== undefined) h.setGpr(rt2, high, 0);
}

/** Emulates the access; `forbidden` where the register is not the guest's to use. */
export function emulateRegister<H extends ArmHypervisor>(
  h: H,
  { vcpu, pc }: Trap,
  access: RegisterAccess,
  row: RegisterRow<H> | undefined,
): Outcome {
  const { encoding, rt } = access;
  const { events } = h.ports;
  const at = h.icount();
  if (access.isRead) {
    if (!row?.read) return 'forbidden';
    const value = row.read(h, vcpu);
    events.emit(sysregRead, { at, vcpu, pc, encoding, rt, value });
    writeGprs(h, access, value);
  } else {
    if (!row?.write) return 'forbidden';
    const value = readGprs(h, access);
    // Before its effects, as a write to a device.
    events.emit(sysregWrite, { at, vcpu, pc, encoding, rt, value });
    row.write(h, vcpu, value);
  }
  h.skip();
  return HANDLED;
}

/** The trap of an access to a register, by the handler that knows its encoding. */
export const registerTrap = <H extends ArmHypervisor>(handle: (h: H, trap: Trap) => Outcome): TrapRow<H> => ({
  exit: always(BhyveExit.REG_EMUL),
  stat: always('msr'),
  handle,
});
