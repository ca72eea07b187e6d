import {
  BhyveExit,
  bhyveExitName,
  cp64Encoding,
  cpEncoding,
  type EventDecl,
  type FieldsOf,
  IrqSource,
  irqInject,
  irqLine,
  KvmClass,
  kvmClassName,
  mmioRead,
  mmioWrite,
  psci,
  SuspendHow,
  suspend,
  sysregEncoding,
  sysregRead,
  sysregWrite,
  TimerId,
  timerFire,
  timerProgram,
  vmExit,
  wfi,
} from '../../src/trace/events/index.ts';
import { Handling } from './handling.ts';
import type { TraceRecord, TraceValues } from './trace-record.ts';
import { VcpuThreads } from './vcpu-threads.ts';

/** Where events go. */
export type Told = <E extends EventDecl>(decl: E, fields: FieldsOf<E>) => void;

type ExitFields = { -readonly [K in keyof FieldsOf<typeof vmExit>]: FieldsOf<typeof vmExit>[K] };

/** An exit whose details may still come, with what was done about it; or an event that waits behind one. */
interface Held {
  readonly exit: ExitFields | undefined;
  readonly tell: (() => void)[];
  isOpen: boolean;
}

/** Events that wait for the details of an exit before them, at most. */
const HELD_MAX = 4096;
const NS_PER_S = 1e9;
/** A syndrome's ISV: it tells the register (Arm ARM DDI 0487, ESR_EL2, ISS of a data abort). */
const ISV = 1 << 24;
const XZR = 31;
/** ESR_ELx.IL: an instruction of 32 bits. */
const IL = 1 << 25;
/** Of A64's WFI and WFE: a condition, which always holds (ESR_EL2, ISS of a WF* instruction). */
const CV_AL = 0x1e0_0000;
const TIMERS: readonly TimerId[] = [TimerId.virtual, TimerId.physical, TimerId.hyp, TimerId.hyp];
/** INTIDs of the timers by BSA (Arm DEN0094, 3.5): what KVM gives its guests. */
const TIMER_OF: Readonly<Record<number, TimerId>> = { 27: TimerId.virtual, 30: TimerId.physical };
const COPROCESSOR: ReadonlySet<number> = new Set([KvmClass.CP15_32, KvmClass.CP15_64, KvmClass.CP14_MR]);
const KVM_EXIT_SYSTEM_EVENT = 24;
const PSCI_SYSTEM_RESET = new Set([0x8400_0009, 0x8400_0012, 0xc400_0012]);
/** Of bhyve's exits those that such a class is; a data abort's depends on what was done. */
const BHYVE: Readonly<Record<number, BhyveExit>> = {
  [KvmClass.WFx]: BhyveExit.WFI,
  [KvmClass.CP15_32]: BhyveExit.REG_EMUL,
  [KvmClass.CP15_64]: BhyveExit.REG_EMUL,
  [KvmClass.CP14_MR]: BhyveExit.REG_EMUL,
  [KvmClass.CP14_64]: BhyveExit.REG_EMUL,
  [KvmClass.SYS64]: BhyveExit.REG_EMUL,
  [KvmClass.HVC32]: BhyveExit.SMCCC,
  [KvmClass.SMC32]: BhyveExit.SMCCC,
  [KvmClass.HVC64]: BhyveExit.SMCCC,
  [KvmClass.SMC64]: BhyveExit.SMCCC,
  [KvmClass.IABT_LOW]: BhyveExit.PAGING,
  [KvmClass.DABT_LOW]: BhyveExit.PAGING,
  [KvmClass.BRK64]: BhyveExit.BRK,
  [KvmClass.SOFTSTP_LOW]: BhyveExit.SS,
  [KvmClass.IRQ]: BhyveExit.BOGUS,
  [KvmClass.FIQ]: BhyveExit.BOGUS,
};

/** The register of `kvm_sys_access`; of a coprocessor the exit's class tells which. */
function encodingOf(values: TraceValues, kvmClass: number | undefined): number {
  const part = (name: string, bits: number): number => narrow(values[name]) & ((1 << bits) - 1);
  const [op1, crn, crm, op2] = [part('Op1', 3), part('CRn', 4), part('CRm', 4), part('Op2', 3)];
  switch (kvmClass) {
    case KvmClass.CP15_32:
      return cpEncoding(15, op1, crn, crm, op2);
    case KvmClass.CP14_MR:
      return cpEncoding(14, op1, crn, crm, op2);
    case KvmClass.CP10_ID:
      return cpEncoding(10, op1, crn, crm, op2);
    case KvmClass.CP15_64:
      return cp64Encoding(15, part('Op1', 4), crm);
    case KvmClass.CP14_64:
      return cp64Encoding(14, part('Op1', 4), crm);
    default:
      return sysregEncoding(part('Op0', 2), op1, crn, crm, op2);
  }
}

const wide = (value: TraceValues[string] | undefined): bigint => BigInt.asUintN(64, BigInt(value ?? 0));
const narrow = (value: TraceValues[string] | undefined): number => Number(BigInt.asUintN(32, BigInt(value ?? 0)));
const byte = (value: TraceValues[string] | undefined): number => narrow(value) & 0xff;

/**
 * Makes a tape's events of a host's tracepoints. Time is the host's, in nanoseconds since the first of them, and never runs backwards. An
 * exit is told when the vCPU enters the guest again, so that it has what the host told after it; what no tracepoint tells is 0.
 */
export class HostEvents {
  readonly threads = new VcpuThreads();
  /** How long the host took over exits, by KVM's and bhyve's name. */
  readonly handling = new Handling();
  readonly #told: Told;
  readonly #held: Held[] = [];
  /** Of each vCPU the exit whose details may still come. */
  readonly #open = new Map<number, Held>();
  /** The exit that each vCPU has not come back from. */
  readonly #last = new Map<number, ExitFields>();
  readonly #calls = new Map<number, number>();
  readonly #timers = new Map<string, string>();
  #first: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  /** The last event's time. */
  at = 0;
  exits = 0;
  /** Coprocessor registers were trapped: the guest is one for AArch32. */
  isAarch32 = false;

  constructor(told: Told) {
    this.#told = told;
  }

  add({ seconds, nanoseconds, pid, comm, name, values }: TraceRecord): void {
    this.#first ??= { seconds, nanoseconds };
    const at = (seconds - this.#first.seconds) * NS_PER_S + nanoseconds - this.#first.nanoseconds;
    this.at = Math.max(this.at, Math.min(at, Number.MAX_SAFE_INTEGER));
    this.#see(name, values, () => this.threads.of(pid, comm));
    this.#drain();
  }
  /** All that is held: no more details come. */
  end(): void {
    for (const held of this.#open.values()) held.isOpen = false;
    this.#drain();
  }

  #see(name: string, values: TraceValues, thread: () => number): void {
    const { at } = this;
    switch (name) {
      case 'kvm_entry':
        this.#entry(thread());
        return;
      case 'kvm_exit':
        this.#exit(thread(), values);
        return;
      case 'kvm_guest_fault': {
        const exit = this.#open.get(thread())?.exit;
        if (exit === undefined) return;
        Object.assign(exit, { esr: narrow(values.hsr), far: wide(values.hxfar), hpfar: wide(values.ipa) });
        return;
      }
      case 'kvm_handle_sys_reg': {
        const exit = this.#open.get(thread())?.exit;
        if (exit !== undefined) exit.esr = narrow(values.hsr);
        return;
      }
      case 'kvm_mmio':
        this.#mmio(thread(), values);
        return;
      case 'kvm_sys_access':
        this.#sysreg(thread(), values);
        return;
      case 'kvm_wfx_arm64': {
        const vcpu = thread();
        const isWfe = narrow(values.is_wfe) !== 0;
        const exit = this.#open.get(vcpu)?.exit;
        if (exit !== undefined) exit.esr = CV_AL | (isWfe ? 1 : 0);
        if (!isWfe) this.#done(vcpu, (stamp) => this.#told(wfi, { ...stamp, pc: exit?.pc ?? wide(values.vcpu_pc) }));
        this.#close(vcpu);
        return;
      }
      case 'kvm_hvc_arm64': {
        const vcpu = thread();
        const exit = this.#open.get(vcpu)?.exit;
        if (exit !== undefined) exit.esr = narrow(values.imm) & 0xffff;
        const functionId = narrow(values.r0);
        this.#calls.set(vcpu, functionId);
        // Another immediate than 0 is no call by the SMC Calling Convention (Arm DEN0028, 2.9).
        if (narrow(values.imm) !== 0) return;
        const unknown = { arg0: 0n, arg1: 0n, arg2: 0n, arg3: 0n, result: 0n };
        this.#done(vcpu, (stamp) => this.#told(psci, { ...stamp, functionId, ...unknown }));
        return;
      }
      case 'kvm_irq_line':
        this.#line(byte(values.vcpu_idx), narrow(values.irq_num), narrow(values.level), IrqSource.device);
        return;
      case 'kvm_timer_update_irq': {
        const [vcpu, intid, level] = [byte(values.vcpu_id), narrow(values.irq), narrow(values.level)];
        this.#line(vcpu, intid, level, IrqSource.timer);
        const timer = TIMER_OF[intid];
        if (level !== 0 && timer !== undefined) this.#hold(() => this.#told(timerFire, { at, vcpu, timer, intid }));
        return;
      }
      case 'vgic_update_irq_pending': {
        const [vcpu, intid] = [byte(values.vcpu_id), narrow(values.irq)];
        if (narrow(values.level) === 0) return;
        this.#hold(() => this.#told(irqInject, { at, vcpu, intid, lr: 0, priority: 0, state: 1 }));
        return;
      }
      case 'kvm_timer_restore_state':
        this.#timer(thread(), values);
        return;
      case 'kvm_userspace_exit': {
        if (narrow(values.reason) !== KVM_EXIT_SYSTEM_EVENT) return;
        const vcpu = thread();
        const isReset = PSCI_SYSTEM_RESET.has(this.#calls.get(vcpu) ?? 0);
        const how = isReset ? SuspendHow.RESET : SuspendHow.POWEROFF;
        this.#done(vcpu, (stamp) => this.#told(suspend, { ...stamp, how }));
        return;
      }
      default:
    }
  }

  #entry(vcpu: number): void {
    const exit = this.#last.get(vcpu);
    this.#last.delete(vcpu);
    if (exit !== undefined)
      this.handling.add(`${kvmClassName(exit.kvmClass)}/${bhyveExitName(exit.bhyveExit)}`, this.at - exit.at);
    this.#close(vcpu);
  }
  #exit(vcpu: number, values: TraceValues): void {
    this.#close(vcpu);
    const ret = Number(values.ret);
    const ec = narrow(values.esr_ec) & 0x3f;
    const kvmClass = ret === 2 ? ec : ret === 0 ? KvmClass.IRQ : ret === 1 ? KvmClass.EL1_SERROR : KvmClass.IL;
    const exit: ExitFields = {
      ...{ at: this.at, vcpu, pc: wide(values.vcpu_pc) },
      ...{ bhyveExit: BHYVE[kvmClass] ?? BhyveExit.HYP, kvmClass, esr: 0, far: 0n, hpfar: 0n },
    };
    const held: Held = {
      exit,
      tell: [
        () => {
          // IL, and the class, stand in every syndrome; the low bits are as the host told them.
          if (ret === 2 && exit.esr >>> 26 === 0) exit.esr = ((kvmClass << 26) | IL | exit.esr) >>> 0;
          this.#told(vmExit, exit);
        },
      ],
      isOpen: ret === 2,
    };
    this.exits++;
    if (ret === 2 && COPROCESSOR.has(kvmClass)) this.isAarch32 = true;
    this.#last.set(vcpu, exit);
    this.#held.push(held);
    if (held.isOpen) this.#open.set(vcpu, held);
  }
  #mmio(vcpu: number, values: TraceValues): void {
    const type = Number(values.type);
    const size = narrow(values.len);
    if ((type !== 1 && type !== 2) || size > 0xff) return;
    const exit = this.#open.get(vcpu)?.exit;
    if (exit?.kvmClass === KvmClass.DABT_LOW) exit.bhyveExit = BhyveExit.INST_EMUL;
    this.#done(vcpu, (stamp) => {
      const rt = exit !== undefined && exit.esr & ISV ? (exit.esr >>> 16) & 31 : XZR;
      const access = { ...stamp, pc: exit?.pc ?? 0n, ipa: wide(values.gpa), size, value: wide(values.val), rt };
      this.#told(type === 1 ? mmioRead : mmioWrite, access);
    });
  }
  #sysreg(vcpu: number, values: TraceValues): void {
    const exit = this.#open.get(vcpu)?.exit;
    const encoding = encodingOf(values, exit?.kvmClass);
    this.#done(vcpu, (stamp) => {
      const rt = exit === undefined ? XZR : (exit.esr >>> 5) & 31;
      const access = { ...stamp, pc: wide(values.vcpu_pc), encoding, rt, value: 0n };
      this.#told(narrow(values.is_write) === 0 ? sysregRead : sysregWrite, access);
    });
  }
  #line(vcpu: number, intid: number, level: number, source: IrqSource): void {
    const { at } = this;
    this.#hold(() => this.#told(irqLine, { at, vcpu, intid, level: level === 0 ? 0 : 1, source }));
  }
  /** The host programs it at each turn of the vCPU: what is new is told. */
  #timer(vcpu: number, values: TraceValues): void {
    const { at } = this;
    const timer = TIMERS[Number(values.timer_idx)];
    if (timer === undefined) return;
    const [ctl, cval] = [narrow(values.ctl), wide(values.cval)];
    const [key, state] = [`${vcpu} ${values.timer_idx}`, `${ctl} ${cval}`];
    if (this.#timers.get(key) === state) return;
    this.#timers.set(key, state);
    this.#hold(() => this.#told(timerProgram, { at, vcpu, timer, ctl, cval }));
  }

  /** What was done about an exit has its time, and comes right behind it. */
  #done(vcpu: number, tell: (stamp: { readonly at: number; readonly vcpu: number }) => void): void {
    const held = this.#open.get(vcpu);
    if (held?.exit !== undefined) {
      const { at } = held.exit;
      held.tell.push(() => tell({ at, vcpu }));
      return;
    }
    const { at } = this;
    this.#hold(() => tell({ at, vcpu }));
  }
  #hold(tell: () => void): void {
    this.#held.push({ exit: undefined, tell: [tell], isOpen: false });
  }
  #close(vcpu: number): void {
    const held = this.#open.get(vcpu);
    if (held === undefined) return;
    held.isOpen = false;
    this.#open.delete(vcpu);
  }
  #drain(): void {
    let done = 0;
    for (const held of this.#held) {
      // A vCPU that does not come back must not hold up all the others.
      if (held.isOpen && this.#held.length - done <= HELD_MAX) break;
      if (held.exit !== undefined && held.isOpen) this.#close(held.exit.vcpu);
      for (const tell of held.tell) tell();
      done++;
    }
    if (done > 0) this.#held.splice(0, done);
  }
}
