import { SuspendHow } from '../../trace/events/index.ts';
import type { PowerPort } from '../vmm/arch.ts';
import { isSmc64, Smccc } from './smccc.ts';

/** Power State Coordination Interface 1.0 (Arm DEN 0022D), 5.1: function numbers; bit 30 is set in the 64-bit variants. */
export const Psci = {
  version: 0x8400_0000,
  cpuSuspend: 0x8400_0001,
  cpuOff: 0x8400_0002,
  cpuOn: 0x8400_0003,
  affinityInfo: 0x8400_0004,
  migrateInfoType: 0x8400_0006,
  systemOff: 0x8400_0008,
  systemReset: 0x8400_0009,
  features: 0x8400_000a,
} as const;

const VERSION_1_0 = 0x1_0000n;
/** DEN 0022D, 5.2.2. */
export const PsciResult = {
  success: 0n,
  notSupported: -1n,
  invalidParameters: -2n,
  denied: -3n,
  alreadyOn: -4n,
} as const;
/** MIGRATE_INFO_TYPE: no trusted OS, or one that needs no migration. */
const MIGRATION_NOT_REQUIRED = 2n;
const AFFINITY_ON = 0n;
const AFFINITY_OFF = 1n;

interface Call {
  readonly power: PowerPort;
  readonly vcpu: number;
  readonly args: readonly [bigint, bigint, bigint];
}

interface PsciRow {
  readonly id: number;
  /** It has a 64-bit variant too. */
  readonly wide?: true;
  readonly call: (c: Call) => bigint;
}

/** The vCPU of an affinity value: Aff0 is its number, all other fields are 0. */
const vcpuOf = (power: PowerPort, affinity: bigint): number | undefined =>
  affinity < BigInt(power.vcpuCount) ? Number(affinity) : undefined;

const rows: readonly PsciRow[] = [
  { id: Psci.version, call: () => VERSION_1_0 },
  {
    id: Psci.cpuSuspend,
    wide: true,
    // Every power state is a standby, as the PSCI allows: the vCPU keeps its state and goes on behind the call.
    call: ({ power, vcpu }) => {
      power.wait(vcpu);
      return PsciResult.success;
    },
  },
  {
    id: Psci.cpuOff,
    call: ({ power, vcpu }) => {
      power.stop(vcpu);
      return PsciResult.success;
    },
  },
  {
    id: Psci.cpuOn,
    wide: true,
    call: ({ power, args: [affinity, entry, context] }) => {
      const target = vcpuOf(power, affinity);
      if (target === undefined) return PsciResult.invalidParameters;
      if (power.powerState(target) === 'on') return PsciResult.alreadyOn;
      power.start(target, entry, [context]);
      return PsciResult.success;
    },
  },
  {
    id: Psci.affinityInfo,
    wide: true,
    call: ({ power, args: [affinity, level] }) => {
      const target = vcpuOf(power, affinity);
      // Levels above 0 need not be supported from PSCI 1.0 on (5.7.3).
      if (target === undefined || level !== 0n) return PsciResult.invalidParameters;
      return power.powerState(target) === 'on' ? AFFINITY_ON : AFFINITY_OFF;
    },
  },
  { id: Psci.migrateInfoType, call: () => MIGRATION_NOT_REQUIRED },
  {
    id: Psci.systemOff,
    call: ({ power }) => {
      power.suspend(SuspendHow.POWEROFF);
      return PsciResult.success;
    },
  },
  {
    id: Psci.systemReset,
    call: ({ power }) => {
      power.suspend(SuspendHow.RESET);
      return PsciResult.success;
    },
  },
  {
    id: Psci.features,
    call: ({ args: [id] }) =>
      id === BigInt(Smccc.version) || byId.has(Number(id)) ? PsciResult.success : PsciResult.notSupported,
  },
];

const byId = new Map<number, PsciRow>(rows.flatMap((row): [number, PsciRow][] => [[row.id, row], ...wideVariant(row)]));

function wideVariant(row: PsciRow): [number, PsciRow][] {
  return row.wide ? [[(row.id | 0x4000_0000) >>> 0, row]] : [];
}

/** Answers a PSCI call; undefined for a function that is not PSCI's. */
export function psciCall(
  power: PowerPort,
  vcpu: number,
  functionId: number,
  a1: bigint,
  a2: bigint,
  a3: bigint,
): bigint | undefined {
  const row = byId.get(functionId);
  if (!row) return undefined;
  const cut = (arg: bigint): bigint => (isSmc64(functionId) ? arg : arg & 0xffff_ffffn);
  return row.call({ power, vcpu, args: [cut(a1), cut(a2), cut(a3)] });
}
