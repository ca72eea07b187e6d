import { assert } from '../../base/assert.ts';
import { Hstr } from '../../core/fields/coprocessor-access.ts';
import { Mdcr } from '../../core/fields/debug.ts';
import { ESR_IL } from '../../core/fields/esr.ts';
import { Hcr } from '../../core/fields/hcr.ts';
import { Pstate } from '../../core/fields/psr.ts';
import { advanceIt, isAarch32 } from '../arm-common/aarch32/condition.ts';
import { hasDebugRegisters } from '../arm-common/aarch32/kernel-registers.ts';
import { HCR_COMMON, hcrOf } from '../arm-common/hcr.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import type { ArmHypervisor, HypRegisters } from '../arm-common/hypervisor.ts';
import { setTimerTraps, type TimerPolicy } from '../arm-common/vtimer.ts';
import type { GuestCpu } from './guest-cpu.ts';

/** What bhyve sets. */
export const HCR_GUEST = hcrOf(HCR_COMMON | Hcr.tid3 | Hcr.rw);
/** Of a guest whose EL1 is in AArch32 state, which RW clear says; with bhyve's TIDCP of ARMv7. */
export const HCR_AARCH32_GUEST = hcrOf(HCR_COMMON | Hcr.tid3 | Hcr.tidcp);
/** Is EL1 of the CPU's guest in AArch32 state? */
export const isAarch32Guest = (cpu: GuestCpu): boolean => (cpu.register('HCR_EL2').low() & Hcr.rw) === 0;

/**
 * VTCR_EL2 (D17.2.157): T0SZ 24 for 40 bits, walks from level 1 (SL0 1) with two concatenated tables, 4 KiB granule,
 * write-back inner-shareable walks, 40-bit output (PS 2), bit 31 RES1.
 */
const VTCR_GUEST = 0x8002_3558n;
/** CPTR_EL2's RES1 bits; nothing trapped: FP and SIMD belong to the guest. */
const CPTR_GUEST = 0x32ffn;
/** MDCR_EL2.TDOSA and TDRA: the OS lock and the debug ROM's address. HPMN stays as it is: all counters are the guest's. */
const MDCR_TRAPS = BigInt(Mdcr.tdosa | Mdcr.tdra);
/** Besides, of a guest in AArch32 state: TDA where the CPU has no debug registers in that, TPM and TPMCR where it has no performance monitors. */
const MDCR_NO_DEBUG = BigInt(Mdcr.tda);
const MDCR_NO_MONITORS = BigInt(Mdcr.tpm | Mdcr.tpmcr);
/** ID_DFR0_EL1.PerfMon. */
const PERFMON = 0xfn << 24n;
/** HSTR_EL2.T15, of AArch32 state: c15 is the Cortex-A57's own, and the host's. */
const HSTR_AARCH32_GUEST = BigInt(Hstr.t15);
/** ICC_SRE_EL2: SRE, DFB, DIB, and Enable: the guest may use ICC_SRE_EL1. */
const SRE_EL2 = 0xfn;
const SRE_EL1 = 0x7n;
/** The one guest has one. */
export const VMID = 1n;
/** Of HVC, in all instruction sets. */
const CALL_BYTES = 4n;

/** The EL2 registers that exits need, found once. */
export class El2 implements HypRegisters {
  readonly cpu: GuestCpu;
  readonly syndrome: RegisterPort;
  readonly hpfar: RegisterPort;
  readonly elr: RegisterPort;
  readonly spsr: RegisterPort;
  readonly sctlr: RegisterPort;
  readonly #far: RegisterPort;
  readonly #guestAarch32: boolean;

  /** @param guestAarch32 the guest's EL1 is in AArch32 state */
  constructor(cpu: GuestCpu, guestAarch32: boolean) {
    this.cpu = cpu;
    this.#guestAarch32 = guestAarch32;
    this.syndrome = cpu.register('ESR_EL2');
    this.hpfar = cpu.register('HPFAR_EL2');
    this.elr = cpu.register('ELR_EL2');
    this.spsr = cpu.register('SPSR_EL2');
    this.sctlr = cpu.register('SCTLR_EL1');
    this.#far = cpu.register('FAR_EL2');
  }

  far(): RegisterPort {
    return this.#far;
  }

  setUp(vttbr: bigint, policy: TimerPolicy, counterOffset: bigint): void {
    const write = (name: string, value: bigint): void => this.cpu.register(name).write(value);
    const read = (name: string): bigint => this.cpu.register(name).read();
    write('VTCR_EL2', VTCR_GUEST);
    write('VTTBR_EL2', vttbr | (VMID << 48n));
    write('CPTR_EL2', CPTR_GUEST);
    const guestAarch32 = this.#guestAarch32;
    const noMonitors = (read('ID_DFR0_EL1') & PERFMON) === 0n ? MDCR_NO_MONITORS : 0n;
    const noDebug = hasDebugRegisters(this.cpu, 'ID_DFR0_EL1') ? 0n : MDCR_NO_DEBUG;
    const mdcr = MDCR_TRAPS | (guestAarch32 ? noDebug | noMonitors : 0n);
    write('MDCR_EL2', mdcr | (read('MDCR_EL2') & BigInt(Mdcr.hpmn)));
    write('HSTR_EL2', guestAarch32 ? HSTR_AARCH32_GUEST : 0n);
    write('VPIDR_EL2', read('MIDR_EL1'));
    write('CNTVOFF_EL2', counterOffset);
    setTimerTraps(this.cpu.register('CNTHCTL_EL2'), policy);
    if (this.cpu.gich === null) {
      write('ICC_SRE_EL2', SRE_EL2);
      write('ICC_SRE_EL1', SRE_EL1);
    }
    const hcr = guestAarch32 ? HCR_AARCH32_GUEST : HCR_GUEST;
    write('HCR_EL2', hcr);
    assert(read('HCR_EL2') === hcr, 'HCR_EL2 keeps what it was given');
    this.cpu.invalidateVm();
  }

  rewindCall(): void {
    this.elr.write(BigInt.asUintN(isAarch32(this.spsr.low()) ? 32 : 64, this.elr.read() - CALL_BYTES));
  }

  /** One that was being stepped over has made its step (as KVM's kvm_skip_instr does). */
  skip(bytes?: 2 | 4): void {
    // ESR_EL2.IL is 0 only for 16-bit T32 instructions.
    const length = bytes ?? ((this.syndrome.low() & ESR_IL) !== 0 ? 4 : 2);
    const pstate = this.spsr.low();
    const inAarch32 = isAarch32(pstate);
    const low = this.elr.low() + length;
    const carry = low > 0xffff_ffff ? 1 : 0;
    this.elr.writeHalves(low >>> 0, inAarch32 ? 0 : (this.elr.high() + carry) >>> 0);
    const stepped = (pstate & ~Pstate.ss) >>> 0;
    const next = inAarch32 ? advanceIt(stepped) : stepped;
    if (next !== pstate) this.spsr.writeHalves(next, this.spsr.high());
    this.cpu.retire();
  }
}

/** The hypervisor as the handlers of its exits see it. */
export type Arm64Host = ArmHypervisor<GuestCpu> & { readonly el2: El2 };
