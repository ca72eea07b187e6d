import { beforeEach, describe, expect, it } from 'vitest';
import { SuspendHow } from '../../trace/events/index.ts';
import type { PowerPort } from '../vmm/arch.ts';
import { Psci, PsciResult, psciCall } from './psci.ts';
import { Smccc, smcccCall } from './smccc.ts';

let done: string[];
const power: PowerPort = {
  vcpuCount: 2,
  powerState: (vcpu) => (vcpu === 0 ? 'on' : 'off'),
  start: (vcpu, entry, args) => done.push(`start ${vcpu} ${entry} ${args}`),
  stop: (vcpu) => done.push(`stop ${vcpu}`),
  wait: (vcpu) => done.push(`wait ${vcpu}`),
  suspend: (how) => done.push(`suspend ${how}`),
};
const call = (id: number, a1 = 0n, a2 = 0n, a3 = 0n): bigint | undefined => psciCall(power, 0, id, a1, a2, a3);
const wide = (id: number): number => (id | 0x4000_0000) >>> 0;

describe('PSCI', () => {
  beforeEach(() => {
    done = [];
  });

  it('is version 1.0 and says what it has', () => {
    expect(call(Psci.version)).toBe(0x1_0000n);
    for (const id of Object.values(Psci)) expect(call(Psci.features, BigInt(id))).toBe(0n);
    expect(call(Psci.features, BigInt(wide(Psci.cpuOn)))).toBe(0n);
    expect(call(Psci.features, BigInt(wide(Psci.version)))).toBe(PsciResult.notSupported);
    expect(call(Psci.features, BigInt(Smccc.version))).toBe(0n);
    expect(call(Psci.features, 0x8400_000fn)).toBe(PsciResult.notSupported);
    expect(call(Psci.migrateInfoType)).toBe(2n);
  });

  it('starts vCPUs, and cuts the arguments of 32-bit calls', () => {
    expect(call(wide(Psci.cpuOn), 1n, 0x1_4000_0000n, 7n)).toBe(0n);
    expect(call(Psci.cpuOn, 1n, 0x1_4000_0000n, 7n)).toBe(0n);
    expect(done).toEqual([`start 1 ${0x1_4000_0000} 7`, `start 1 ${0x4000_0000} 7`]);
    expect(call(wide(Psci.cpuOn), 0n)).toBe(PsciResult.alreadyOn);
    expect(call(wide(Psci.cpuOn), 2n)).toBe(PsciResult.invalidParameters);
    expect(call(wide(Psci.cpuOn), 0x100n)).toBe(PsciResult.invalidParameters);
  });

  it('tells affinities', () => {
    expect(call(wide(Psci.affinityInfo), 0n)).toBe(0n);
    expect(call(Psci.affinityInfo, 1n)).toBe(1n);
    expect(call(Psci.affinityInfo, 0n, 1n)).toBe(PsciResult.invalidParameters);
  });

  it('turns off', () => {
    for (const id of [Psci.cpuSuspend, Psci.cpuOff, Psci.systemOff, Psci.systemReset]) call(id);
    expect(done).toEqual(['wait 0', 'stop 0', `suspend ${SuspendHow.POWEROFF}`, `suspend ${SuspendHow.RESET}`]);
  });

  it('leaves other services alone', () => {
    expect(call(0x8600_ff01)).toBeUndefined();
    expect(smcccCall(Smccc.version, 0)).toBe(0x1_0001n);
    expect(smcccCall(Smccc.archFeatures, Smccc.archWorkaround1)).toBe(-1n);
    expect(smcccCall(Smccc.archWorkaround1, 0)).toBeUndefined();
  });
});
