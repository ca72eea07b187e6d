import { Pstate } from '../core/fields/psr.ts';
import * as cells from '../core/state/cells.ts';
import { sys } from '../core/state/system-cells.ts';
import { Cp15Register } from '../core/system/cp15/index.ts';
import type { Machine } from '../machine/machine.ts';
import { type Feature, type Register, TargetDescription } from './target-description.ts';

// What of a machine a debugger sees as registers. A look leaves nothing behind: only registers are here whose reads have no effect.

/** Group of those that `info registers` leaves out. */
const SYSTEM = 'system';

/** Names of GDB's own: features of the manual's appendix G.5, and who else's. */
const features = {
  aarch64Core: 'org.gnu.gdb.aarch64.core',
  aarch64Fpu: 'org.gnu.gdb.aarch64.fpu',
  armCore: 'org.gnu.gdb.arm.core',
  armVfp: 'org.gnu.gdb.arm.vfp',
  armNeon: 'org.gnu.gdb.arm.neon',
  el1: 'org.hypertape.el1',
  el2: 'org.hypertape.el2',
} as const;

/** Fields of PSTATE as SPSR has them: first and last bit. */
const pstateFields = {
  SP: [0, 0],
  EL: [2, 3],
  nRW: [4, 4],
  F: [6, 6],
  I: [7, 7],
  A: [8, 8],
  D: [9, 9],
  IL: [20, 20],
  SS: [21, 21],
  V: [28, 28],
  C: [29, 29],
  Z: [30, 30],
  N: [31, 31],
} as const;
const PSTATE_TYPE = 'cpsr_flags';
const pstateType = `<flags id="${PSTATE_TYPE}" size="4">${Object.entries(pstateFields)
  .map(([name, [start, end]]) => `<field name="${name}" start="${start}" end="${end}"/>`)
  .join('')}</flags>`;

/** Lanes of a vector register by their letter in assembly: how many, and their types by field. */
const lanes = {
  d: [2, { f: 'ieee_double', u: 'uint64', s: 'int64' }],
  s: [4, { f: 'ieee_single', u: 'uint32', s: 'int32' }],
  h: [8, { u: 'uint16', s: 'int16' }],
  b: [16, { u: 'uint8', s: 'int8' }],
  q: [1, { u: 'uint128', s: 'int128' }],
} as const;
const VECTOR_TYPE = 'aarch64v';
const vectorTypes = ((): string => {
  const all = Object.entries(lanes);
  const vectors = all.flatMap(([letter, [count, types]]) =>
    Object.entries(types).map(([field, type]) => `<vector id="v${letter}${field}" type="${type}" count="${count}"/>`),
  );
  const unions = all.map(([letter, [, types]]) => {
    const fields = Object.keys(types).map((field) => `<field name="${field}" type="v${letter}${field}"/>`);
    return `<union id="vn${letter}">${fields.join('')}</union>`;
  });
  const whole = all.map(([letter]) => `<field name="${letter}" type="vn${letter}"/>`);
  return `${vectors.join('')}${unions.join('')}<union id="${VECTOR_TYPE}">${whole.join('')}</union>`;
})();

/** EL1's, of an AArch64 guest: those that hold state, and what is read without an effect. */
const el1Aarch64 = [
  ['SCTLR_EL1', 'ACTLR_EL1', 'CPACR_EL1', 'TTBR0_EL1', 'TTBR1_EL1', 'TCR_EL1', 'MAIR_EL1', 'AMAIR_EL1', 'VBAR_EL1'],
  ['ESR_EL1', 'FAR_EL1', 'ELR_EL1', 'SPSR_EL1', 'AFSR0_EL1', 'AFSR1_EL1', 'PAR_EL1', 'CONTEXTIDR_EL1', 'SP_EL0'],
  ['SP_EL1', 'TPIDR_EL0', 'TPIDRRO_EL0', 'TPIDR_EL1', 'CSSELR_EL1', 'MDSCR_EL1', 'MIDR_EL1', 'MPIDR_EL1'],
  ['CNTFRQ_EL0', 'CNTKCTL_EL1', 'CNTPCT_EL0', 'CNTVCT_EL0', 'CNTP_CTL_EL0', 'CNTP_CVAL_EL0', 'CNTV_CTL_EL0'],
  ['CNTV_CVAL_EL0'],
].flat();
const el2Aarch64 = [
  ['HCR_EL2', 'VTTBR_EL2', 'VTCR_EL2', 'SCTLR_EL2', 'TTBR0_EL2', 'TCR_EL2', 'MAIR_EL2', 'ESR_EL2', 'FAR_EL2'],
  ['HPFAR_EL2', 'ELR_EL2', 'SPSR_EL2', 'VBAR_EL2', 'TPIDR_EL2', 'CPTR_EL2', 'HSTR_EL2', 'MDCR_EL2', 'VPIDR_EL2'],
  ['VMPIDR_EL2', 'CNTHCTL_EL2', 'CNTVOFF_EL2', 'CNTHP_CTL_EL2', 'CNTHP_CVAL_EL2'],
].flat();
/** Of GICv3's virtual CPU interface; a GICv2's is a device. */
const interfaceAarch64 = [
  ['ICH_HCR_EL2', 'ICH_VMCR_EL2', 'ICH_AP0R0_EL2', 'ICH_AP1R0_EL2', 'ICH_LR0_EL2', 'ICH_LR1_EL2', 'ICH_LR2_EL2'],
  ['ICH_LR3_EL2'],
].flat();
/** PL1's of AArch32, and the banks of its modes. */
const pl1Aarch32 = [
  ['SCTLR', 'ACTLR', 'CPACR', 'TTBCR', 'TTBR0', 'TTBR1', 'DACR', 'DFSR', 'IFSR', 'DFAR', 'IFAR', 'PAR', 'PRRR', 'NMRR'],
  ['VBAR', 'CONTEXTIDR', 'TPIDRURW', 'TPIDRURO', 'TPIDRPRW', 'CSSELR', 'FPEXC', 'MIDR', 'MPIDR', 'CNTFRQ', 'CNTKCTL'],
  ['CNTPCT', 'CNTVCT', 'CNTP_CTL', 'CNTP_CVAL', 'CNTV_CTL', 'CNTV_CVAL', 'R8_usr', 'R9_usr', 'R10_usr', 'R11_usr'],
  ['R12_usr', 'SP_usr', 'LR_usr', 'SP_svc', 'LR_svc', 'SPSR_svc', 'SP_abt', 'LR_abt', 'SPSR_abt', 'SP_und', 'LR_und'],
  ['SPSR_und', 'SP_irq', 'LR_irq', 'SPSR_irq', 'R8_fiq', 'R9_fiq', 'R10_fiq', 'R11_fiq', 'R12_fiq', 'SP_fiq'],
  ['LR_fiq', 'SPSR_fiq'],
].flat();
const hypAarch32 = [
  ['HCR', 'VTTBR', 'VTCR', 'HSCTLR', 'HTTBR', 'HTCR', 'HMAIR0', 'HMAIR1', 'HSR', 'HDFAR', 'HIFAR', 'HPFAR', 'HVBAR'],
  ['HTPIDR', 'HCPTR', 'HSTR', 'HDCR', 'VPIDR', 'VMPIDR', 'ELR_hyp', 'SPSR_hyp', 'SP_hyp', 'CNTHCTL', 'CNTVOFF'],
].flat();
/** Those of AArch32 that have 64 bits (as MRRC reads them). */
const wideAarch32: ReadonlySet<string> = new Set(
  [['TTBR0', 'TTBR1', 'PAR', 'HTTBR', 'VTTBR', 'CNTPCT', 'CNTVCT', 'CNTP_CVAL', 'CNTV_CVAL', 'CNTVOFF']].flat(),
);

/** ARM's CPSR, behind the registers of the FPA, which no longer are. */
const ARM_CPSR = 25;

type Port = Pick<Register, 'read'>;

/** The registers of a machine's vCPU, wherever that stands. */
export function describeTarget(machine: Machine, vcpu = 0): TargetDescription {
  const { vm } = machine;
  const port = (name: string): Port => ({
    read: () => vm.readRegister(vcpu, name),
  });
  const isAarch32Host = machine.cpu.cpu.get32(sys.AARCH32_ONLY) !== 0;
  const ofVcpu = (features: readonly Feature[]): Feature[] =>
    features.map((feature) => ({
      ...feature,
      registers: feature.registers.map((register) => ({
        ...register,
        read: () => machine.cpu.peek(vcpu, () => register.read()),
      })),
    }));
  return machine.config.arch === 'arm64'
    ? new TargetDescription('aarch64', ofVcpu(aarch64(machine, port)))
    : new TargetDescription('arm', ofVcpu(arm(machine, port, isAarch32Host)));
}

function aarch64(machine: Machine, port: (name: string) => Port): Feature[] {
  const stack = (): Port => port(hasOwnStack(Number(port('pstate').read())) ? 'SP_EL1' : 'SP_EL0');
  const general = Array.from({ length: 31 }, (_, n): Register => ({ name: `x${n}`, bits: 64, ...port(`x${n}`) }));
  return [
    {
      name: features.aarch64Core,
      types: pstateType,
      registers: [
        ...general,
        { name: 'sp', bits: 64, type: 'data_ptr', read: () => stack().read() },
        { name: 'pc', bits: 64, type: 'code_ptr', ...port('pc') },
        { name: 'cpsr', bits: 32, type: PSTATE_TYPE, ...port('pstate') },
      ],
    },
    {
      name: features.aarch64Fpu,
      types: vectorTypes,
      registers: [
        ...Array.from({ length: 32 }, (_, n) => vector(machine, n)),
        { name: 'fpsr', bits: 32, ...port('FPSR') },
        { name: 'fpcr', bits: 32, ...port('FPCR') },
      ],
    },
    { name: features.el1, registers: system(el1Aarch64, port) },
    { name: features.el2, registers: system(el2Names(machine), port) },
  ];
}

const el2Names = (machine: Machine): readonly string[] =>
  machine.config.gicVersion === 3 ? [...el2Aarch64, ...interfaceAarch64] : el2Aarch64;

function arm(machine: Machine, port: (name: string) => Port, isAarch32Host: boolean): Feature[] {
  const { cpu } = machine.cpu;
  // Whichever host it is, AArch32's registers go by their own names.
  const coprocessor = (name: string): Port => new Cp15Register(cpu, name);
  const psr = port(isAarch32Host ? 'cpsr' : 'pstate');
  const general = Array.from({ length: 13 }, (_, n): Register => ({ name: `r${n}`, bits: 32, ...port(`r${n}`) }));
  const aarch32 = (names: readonly string[]): Register[] =>
    names.map((name) => {
      const [bits, type] = wideAarch32.has(name) ? ([64, 'uint64'] as const) : ([32, 'uint32'] as const);
      return { name, bits, type, group: SYSTEM, ...bound(coprocessor(name)) };
    });
  return [
    {
      name: features.armCore,
      registers: [
        ...general,
        { name: 'sp', bits: 32, type: 'data_ptr', ...port('r13') },
        { name: 'lr', bits: 32, ...port('r14') },
        { name: 'pc', bits: 32, type: 'code_ptr', ...port('pc') },
        { name: 'cpsr', bits: 32, number: ARM_CPSR, ...psr },
      ],
    },
    {
      name: features.armVfp,
      registers: [
        ...Array.from({ length: 32 }, (_, n) => double(machine, n)),
        { name: 'fpscr', bits: 32, group: 'float', ...bound(coprocessor('FPSCR')) },
      ],
    },
    { name: features.armNeon, registers: [] },
    { name: features.el1, registers: aarch32(pl1Aarch32) },
    {
      name: features.el2,
      registers: isAarch32Host ? aarch32(hypAarch32) : system(el2Names(machine), port),
    },
  ];
}

/** SP is that of the level, but at EL0 and where PSTATE.SP is 0. */
const hasOwnStack = (pstate: number): boolean => (pstate & Pstate.el) !== 0 && (pstate & Pstate.sp) !== 0;

const system = (names: readonly string[], port: (name: string) => Port): Register[] =>
  names.map((name) => ({ name, bits: 64, type: 'uint64', group: SYSTEM, ...port(name) }));

const bound = (port: Port): Port => ({ read: () => port.read() });

function vector(machine: Machine, n: number): Register {
  const { cpu } = machine.cpu;
  const at = cells.V + 16 * n;
  return {
    name: `v${n}`,
    bits: 128,
    type: VECTOR_TYPE,
    read: () => (cpu.get64(at + 8) << 64n) | cpu.get64(at),
  };
}

function double(machine: Machine, n: number): Register {
  const { cpu } = machine.cpu;
  const at = cells.V + 8 * n;
  return {
    name: `d${n}`,
    bits: 64,
    type: 'ieee_double',
    read: () => cpu.get64(at),
  };
}
