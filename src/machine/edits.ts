import { hex } from '../base/bits.ts';
import { Failure } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { isStateOfGuest } from '../core/snapshot.ts';
import { sys } from '../core/state/system-cells.ts';
import type { ArmHypervisor } from '../hyp/arm-common/hypervisor.ts';
import type { Vm } from '../hyp/vmm/vm.ts';
import { EditKind, type edit, type FieldsOf, IrqSource, SuspendHow } from '../trace/events/index.ts';
import type { EmulatedCpu } from './emulated-cpu.ts';

/** A change to a machine from outside, between two runs. */
export type Edit =
  /** x0…x30, sp, pc, r0…r14, or a system register by its AArch64 name in the Arm ARM, which AArch32's is part of; of the vCPU whose turn it is, where none is named. */
  | { readonly kind: 'register'; readonly name: string; readonly value: bigint; readonly vcpu?: number }
  /** RAM by guest-physical address. */
  | { readonly kind: 'memory'; readonly ipa: number; readonly bytes: Uint8Array }
  /** A PPI or SPI becomes pending, as by GICD_ISPENDR (IHI 0069); of the first vCPU, where none is named. */
  | { readonly kind: 'interrupt'; readonly intid: number; readonly vcpu?: number }
  /** What the next read of a device gives. */
  | { readonly kind: 'device-read'; readonly value: bigint }
  /** The machine's power key, which comes up by itself. */
  | { readonly kind: 'power-key' }
  /** As by bhyve's vm_suspend: the run ends as if the guest had asked for it. The first reason counts. */
  | { readonly kind: 'suspend'; readonly how: SuspendWish }
  /** The line of an SPI, as by bhyve's vm_assert_irq and vm_deassert_irq: it is the line that the board's device drives, if one does. */
  | { readonly kind: 'irq-line'; readonly intid: number; readonly level: boolean };

/** How a VM can be suspended from outside, with their numbers in `enum vm_suspend_how`. */
export const suspendWishes = { reset: SuspendHow.RESET, poweroff: SuspendHow.POWEROFF, halt: SuspendHow.HALT } as const;
export type SuspendWish = keyof typeof suspendWishes;
const wishOf = (how: bigint): SuspendWish | undefined =>
  (Object.keys(suspendWishes) as SuspendWish[]).find((wish) => BigInt(suspendWishes[wish]) === how);

type Fields = Omit<FieldsOf<typeof edit>, 'at'>;
/** An edit changes so much memory at most. */
const EDIT_BYTES_MAX = PAGE_BYTES;
const FIRST_PPI = 16;
const FIRST_SPI = 32;
const NOTHING = { register: '', ipa: 0n, value: 0n, bytes: new Uint8Array(0) } as const;

/** What is edited of a machine. */
export interface Edited {
  readonly vm: Vm<unknown>;
  readonly cpu: EmulatedCpu;
  readonly hypervisor: ArmHypervisor;
  /** Undefined where there is no such key. */
  readonly powerKey: { pressPowerKey(): void } | undefined;
}

/** As its event has it. @param current whose turn it is */
export function fieldsOfEdit(of: Edit, current: number): Fields {
  return { vcpu: ('vcpu' in of ? of.vcpu : undefined) ?? current, ...changeOf(of) };
}
function changeOf(of: Edit): Omit<Fields, 'vcpu'> {
  switch (of.kind) {
    case 'register':
      return { ...NOTHING, what: EditKind.register, register: of.name, value: of.value };
    case 'memory':
      return { ...NOTHING, what: EditKind.memory, ipa: BigInt(of.ipa), bytes: of.bytes };
    case 'interrupt':
      return {
        ...NOTHING,
        what: of.vcpu === undefined ? EditKind.interrupt : EditKind.privateInterrupt,
        value: BigInt(of.intid),
      };
    case 'power-key':
      return { ...NOTHING, what: EditKind.powerKey };
    case 'suspend':
      return { ...NOTHING, what: EditKind.suspend, value: BigInt(suspendWishes[of.how]) };
    case 'irq-line':
      return { ...NOTHING, what: of.level ? EditKind.irqAssert : EditKind.irqDeassert, value: BigInt(of.intid) };
    default:
      return { ...NOTHING, what: EditKind.deviceRead, value: of.value };
  }
}

/** Back. @throws Failure where there is no such edit */
export function editOfFields({ what, register, ipa, value, bytes, vcpu }: Fields): Edit {
  if (what === EditKind.register) return { kind: 'register', name: register, value, vcpu };
  if (what === EditKind.memory) return { kind: 'memory', ipa: Number(ipa), bytes };
  if (what === EditKind.interrupt) return { kind: 'interrupt', intid: Number(value) };
  if (what === EditKind.privateInterrupt) return { kind: 'interrupt', intid: Number(value), vcpu };
  if (what === EditKind.deviceRead) return { kind: 'device-read', value };
  if (what === EditKind.powerKey) return { kind: 'power-key' };
  if (what === EditKind.irqAssert || what === EditKind.irqDeassert)
    return { kind: 'irq-line', intid: Number(value), level: what === EditKind.irqAssert };
  const how = what === EditKind.suspend ? wishOf(value) : undefined;
  if (how !== undefined) return { kind: 'suspend', how };
  throw new Failure(`edits of kind ${what} are not known here`);
}

/**
 * Carries an edit out. @throws Failure where it cannot be, before anything is changed
 * @param tell puts its event on the tape: before what it brings about, or behind that, where older tapes have it so
 */
export function carryOutEdit(machine: Edited, of: Edit, tell: () => void): void {
  if (of.kind === 'suspend') {
    tell();
    machine.vm.suspend(suspendWishes[of.how]);
  } else if (of.kind === 'irq-line') {
    checkLine(machine, of.intid);
    tell();
    machine.hypervisor.vgic.setLine(0, of.intid, of.level, IrqSource.device);
  } else {
    applyEdit(machine, of);
    tell();
  }
}

function applyEdit(machine: Edited, of: Exclude<Edit, { kind: 'suspend' | 'irq-line' }>): void {
  switch (of.kind) {
    case 'register':
      writeRegister(machine, of.name, of.value, vcpuOf(machine, of.vcpu ?? machine.vm.current));
      return;
    case 'memory':
      if (of.bytes.length === 0 || of.bytes.length > EDIT_BYTES_MAX)
        throw new Failure(`memory ${hex(of.ipa)}: give 1 to ${EDIT_BYTES_MAX} bytes`);
      if (!machine.vm.memory.write(of.ipa, of.bytes, 'edit'))
        throw new Failure(`memory ${hex(of.ipa)}: ${of.bytes.length} bytes there are no RAM of the guest`);
      return;
    case 'interrupt':
      raise(machine, of.intid, vcpuOf(machine, of.vcpu ?? 0));
      return;
    case 'power-key':
      if (machine.powerKey === undefined) throw new Failure('power key: this board has none; give --board virt');
      machine.powerKey.pressPowerKey();
      return;
    default:
      machine.vm.bus.answer = of.value;
  }
}

function vcpuOf({ vm }: Edited, vcpu: number): number {
  if (!Number.isSafeInteger(vcpu) || vcpu < 0 || vcpu >= vm.vcpus.length)
    throw new Failure(`vCPU ${vcpu}: there are vCPUs 0 to ${vm.vcpus.length - 1}`);
  return vcpu;
}

function raise({ hypervisor }: Edited, intid: number, vcpu: number): void {
  const { vgic } = hypervisor;
  if (!Number.isSafeInteger(intid) || intid < FIRST_PPI || intid >= vgic.intids)
    throw new Failure(`interrupt ${intid}: give a PPI or an SPI, ${FIRST_PPI} to ${vgic.intids - 1}`);
  vgic.setLatch(vgic.slot(vcpu, intid), true);
}

function checkLine({ hypervisor: { vgic } }: Edited, intid: number): void {
  if (!Number.isSafeInteger(intid) || intid < FIRST_SPI || intid >= vgic.intids)
    throw new Failure(`interrupt ${intid}: give an SPI, ${FIRST_SPI} to ${vgic.intids - 1}`);
}

const GENERAL = { aarch64: /^x(\d|[12]\d|30)$/, aarch32: /^r(\d|1[0-4])$/ } as const;
/** SPSR.M[0] of AArch64: the level's own stack pointer is selected. */
const OWN_SP = 1;

function writeRegister(machine: Edited, name: string, value: bigint, vcpu: number): void {
  const { cpu, vm, hypervisor } = machine;
  cpu.load(vcpu);
  try {
    writeLoaded(machine, name, value, vcpu);
  } finally {
    cpu.load(vm.current);
  }
  if (vcpu !== vm.current) hypervisor.changedWhileParked(vcpu);
}
function writeLoaded({ cpu, vm }: Edited, name: string, value: bigint, vcpu: number): void {
  const isAarch32 = cpu.guestIsAarch32();
  const refuse = (why: string): never => {
    throw new Failure(`register ${name}: ${why}`);
  };
  if (value < 0n || value >> (isAarch32 ? 32n : 64n) !== 0n) refuse(`${hex(value)} has more bits than it`);
  if (name === 'pc') {
    if ((value & (isAarch32 ? 1n : 3n)) !== 0n) refuse(`${hex(value)} is not where an instruction can be`);
    vm.writeRegister(vcpu, name, value);
  } else if ((isAarch32 ? GENERAL.aarch32 : GENERAL.aarch64).test(name)) vm.writeRegister(vcpu, name, value);
  else if (name === 'sp') {
    if (isAarch32) vm.writeRegister(vcpu, 'r13', value);
    else vm.writeRegister(vcpu, (cpu.guestPstate() & OWN_SP) !== 0 ? 'SP_EL1' : 'SP_EL0', value);
  } else if (isStateOfGuest(name)) {
    cpu.cpu.system.pmu.settle();
    cpu.cpu.set64(sys[name], value);
    cpu.cpu.system.stateRestored();
  } else
    refuse(
      `not one that can be set here; there are ${isAarch32 ? 'r0 to r14' : 'x0 to x30'}, sp, pc, and EL0's and EL1's system registers by their AArch64 names`,
    );
}
