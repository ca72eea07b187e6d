import { assert } from '../../base/assert.ts';
import { Hstr } from '../../core/fields/coprocessor-access.ts';
import { Mdcr } from '../../core/fields/debug.ts';
import { ESR_IL } from '../../core/fields/esr.ts';
import { Hcr } from '../../core/fields/hcr.ts';
import { advanceIt } from '../arm-common/aarch32/condition.ts';
import { hasDebugRegisters } from '../arm-common/aarch32/kernel-registers.ts';
import { HCR_COMMON, hcrOf } from '../arm-common/hcr.ts';
import type { RegisterPort } from '../arm-common/host-cpu.ts';
import type { ArmHypervisor, HypRegisters } from '../arm-common/hypervisor.ts';
import { setTimerTraps, type TimerPolicy } from '../arm-common/vtimer.ts';
import type { GuestCpu } from './guest-cpu.ts';

/** What bhyve sets. */
export const HCR_GUEST = hcrOf(HCR_COMMON | Hcr.tidcp);

/**
 * VTCR (B4.1.162): T0SZ -8 (S set) for 40 bits, walks from level 1 (SL0 1) with two concatenated tables, write-back
 * inner-shareable walks, bit 31 RES1. bhyve translates 32 bits; a guest with LPAE has 40, as under KVM.
 */
const VTCR_GUEST = 0x8000_3558n;
/**
 * HCPTR: its bits of coprocessors that are not there, which read as one; nothing else. bhyve switches VFP lazily, between
 * its own use and the guest's; a resident hypervisor uses none, so that it always is the guest's.
 */
const HCPTR_GUEST = 0x33ffn;
/** HSTR.T15: c15 is the Cortex-A15's own, and the host's. */
const HSTR_GUEST = BigInt(Hstr.t15);
/**
 * HDCR: TDRA and TDOSA, the debug ROM's address and the OS lock. TDA, TPM and TPMCR where the CPU has no debug registers or no
 * performance monitors that could be the guest's. HPMN stays as it is: all counters are.
 */
const HDCR_TRAPS = BigInt(Mdcr.tdra | Mdcr.tdosa);
const HDCR_NO_DEBUG = BigInt(Mdcr.tda);
const HDCR_NO_MONITORS = BigInt(Mdcr.tpm | Mdcr.tpmcr);
/** ID_DFR0.PerfMon. */
const PERFMON = 0xfn << 24n;
/** VTTBR.VMID is bits [55:48]. */
const VMID = 1n;
/** Of HVC, in A32 and T32. */
const CALL_BYTES = 4;

/** The HYP mode registers that exits need, found once. */
export class Hyp implements HypRegisters {
  readonly cpu: GuestCpu;
  readonly syndrome: RegisterPort;
  readonly elr: RegisterPort;
  readonly spsr: RegisterPort;
  readonly hpfar: RegisterPort;
  readonly hdfar: RegisterPort;
  readonly #hifar: RegisterPort;

  constructor(cpu: GuestCpu) {
    this.cpu = cpu;
    this.syndrome = cpu.register('HSR');
    this.elr = cpu.register('ELR_hyp');
    this.spsr = cpu.register('SPSR_hyp');
    this.hpfar = cpu.register('HPFAR');
    this.hdfar = cpu.register('HDFAR');
    this.#hifar = cpu.register('HIFAR');
  }

  far(access: 'instruction' | 'data'): RegisterPort {
    return access === 'instruction' ? this.#hifar : this.hdfar;
  }

  setUp(vttbr: bigint, policy: TimerPolicy, counterOffset: bigint): void {
    const write = (name: string, value: bigint): void => this.cpu.register(name).write(value);
    const read = (name: string): bigint => this.cpu.register(name).read();
    write('VTCR', VTCR_GUEST);
    write('VTTBR', vttbr | (VMID << 48n));
    write('HCPTR', HCPTR_GUEST);
    write('HSTR', HSTR_GUEST);
    const noMonitors = (read('ID_DFR0') & PERFMON) === 0n ? HDCR_NO_MONITORS : 0n;
    const noDebug = hasDebugRegisters(this.cpu, 'ID_DFR0') ? 0n : HDCR_NO_DEBUG;
    write('HDCR', HDCR_TRAPS | noDebug | noMonitors | (read('HDCR') & BigInt(Mdcr.hpmn)));
    write('VPIDR', read('MIDR'));
    write('CNTVOFF', counterOffset);
    setTimerTraps(this.cpu.register('CNTHCTL'), policy);
    write('HCR', HCR_GUEST);
    assert(read('HCR') === HCR_GUEST, 'HCR keeps what it was given');
    this.cpu.invalidateVm();
  }

  rewindCall(): void {
    this.elr.writeHalves((this.elr.low() - CALL_BYTES) >>> 0, 0);
  }

  skip(bytes?: 2 | 4): void {
    const length = bytes ?? ((this.syndrome.low() & ESR_IL) !== 0 ? 4 : 2);
    this.elr.writeHalves((this.elr.low() + length) >>> 0, 0);
    const spsr = this.spsr.low();
    const next = advanceIt(spsr);
    if (next !== spsr) this.spsr.writeHalves(next, 0);
    this.cpu.retire();
  }
}

/** The hypervisor as the handlers of its exits see it. */
export type Armv7Host = ArmHypervisor<GuestCpu> & { readonly hyp: Hyp };
