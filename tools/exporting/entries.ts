import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { KvmClass } from '../../src/trace/events/index.ts';

type Exit = Extract<RecordedEvent, { kind: 'vm-exit' }>;

/** A vCPU enters the guest again behind an exit. */
export interface Entry {
  readonly at: number;
  readonly vcpu: number;
  readonly pc: bigint;
}
interface Pending {
  readonly exit: Exit;
  at: number;
  pc: bigint;
  /** For an interrupt, or for its turn. */
  waits: 'no' | 'interrupt' | 'turn';
}

/** Trapped instructions that the hypervisor has carried out, or that only waited: the guest goes on behind them. */
const CARRIED_OUT: ReadonlySet<RecordedEvent['kind']> = new Set([
  'mmio-read',
  'mmio-write',
  'sysreg-read',
  'sysreg-write',
  'wfi',
]);
/** Only the guest can have done these. */
const BY_GUEST: ReadonlySet<RecordedEvent['kind']> = new Set(['vm-exit', 'irq-ack', 'irq-eoi']);
/** ESR_ELx.IL: the instruction has 32 bits (Arm ARM DDI 0487, ESR_EL2). */
const IL = 1 << 25;

/**
 * When vCPUs enter the guest, which a tape tells by what comes between: an exit is handled in no time, unless the vCPU waits for an
 * interrupt or for its turn.
 */
export class Entries {
  readonly #pending: (Pending | undefined)[] = [];
  /** Whose turn it is, where vCPUs take turns. */
  #turn: number | undefined;

  /** The entries before an event, in their order; each event of the tape is to be shown. */
  *before(event: RecordedEvent): Generator<Entry> {
    const { kind, at, vcpu } = event;
    for (const [of, pending] of this.#pending.entries()) {
      if (pending === undefined) continue;
      // A WFI counts as executed when the vCPU begins to wait, one instruction behind its exit.
      if (event.kind === 'wfi' && of === vcpu && event.pc === pending.exit.pc) continue;
      const runs = of === vcpu && BY_GUEST.has(kind);
      if (!runs && (pending.waits !== 'no' || pending.at >= at)) continue;
      this.#pending[of] = undefined;
      yield { at: pending.waits === 'no' ? pending.at : at, vcpu: of, pc: pending.pc };
    }
    this.#note(event);
  }
  /** What is left at the end: vCPUs that wait enter no more. */
  *end(): Generator<Entry> {
    for (const [vcpu, pending] of this.#pending.entries())
      if (pending?.waits === 'no') yield { at: pending.at, vcpu, pc: pending.pc };
  }

  #isOthersTurn(vcpu: number): boolean {
    return this.#turn !== undefined && this.#turn !== vcpu;
  }
  #note(event: RecordedEvent): void {
    if (event.kind === 'vm-exit') {
      const { at, pc, vcpu } = event;
      this.#pending[vcpu] = { exit: event, at, pc, waits: 'no' };
      return;
    }
    if (event.kind === 'vcpu-turn') {
      this.#turn = event.to;
      const [from, to] = [this.#pending[event.from], this.#pending[event.to]];
      if (from?.waits === 'no') from.waits = 'turn';
      if (to !== undefined) Object.assign(to, { waits: 'no', at: event.at });
      return;
    }
    const pending = this.#pending[event.vcpu];
    if (pending === undefined) return;
    if (event.kind === 'suspend') this.#pending[event.vcpu] = undefined;
    else if (event.kind === 'irq-inject' && pending.waits === 'interrupt')
      Object.assign(pending, { waits: this.#isOthersTurn(event.vcpu) ? 'turn' : 'no', at: event.at });
    else if (CARRIED_OUT.has(event.kind) || (event.kind === 'psci' && isSmc(pending.exit))) {
      pending.pc = behind(pending.exit);
      if (event.kind === 'wfi') pending.waits = 'interrupt';
    }
  }
}

/** SMC's preferred return address is its own, HVC's the next one (Arm ARM DDI 0487, D1.3.1). */
const isSmc = ({ kvmClass }: Exit): boolean => kvmClass === KvmClass.SMC64 || kvmClass === KvmClass.SMC32;
const behind = ({ pc, esr, kvmClass }: Exit): bigint =>
  BigInt.asUintN(64, pc + (esr & IL || kvmClass >= KvmClass.IRQ ? 4n : 2n));
