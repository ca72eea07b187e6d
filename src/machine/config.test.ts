import { describe, expect, it, test } from 'vitest';
import { Failure } from '../base/failure.ts';
import { MiB } from '../base/limits.ts';
import { checkConfig, cpuOf, decodeConfig, encodeConfig, type MachineConfig } from './config.ts';
import { behaviourNames as behaviourNamesOf } from './semantics.ts';

const behaviourNames = behaviourNamesOf({ vcpus: 1 });

const arm64: MachineConfig = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 512 * MiB,
  vcpus: 1,
  gicVersion: 3,
  append: 'quiet',
  entropySeed: 0xffff_ffff_ffff_fffen,
  rtcEpochSeconds: 1,
  timerPolicy: 'direct',
};
const armv7: MachineConfig = { ...arm64, arch: 'armv7', gicVersion: 2 };
const under64: MachineConfig = { ...armv7, cpu: 'cortex-a57' };

describe("a tape's header", () => {
  it.each([
    arm64,
    armv7,
    under64,
    { ...arm64, vcpus: 8, turnCounts: 5, scheduleSeed: 0n },
    { ...arm64, vcpus: 2, turnCounts: 5, turnEnds: [{ vcpu: 1, at: 2 ** 40, to: 0 }] },
    { ...armv7, board: 'fvp-a15', loadAddress: 0xc000_0000 },
    { ...arm64, board: 'fvp-base', memoryBytes: 2048 * MiB },
  ])('keeps %o', (config) => {
    const header = encodeConfig(config);
    const decoded = decodeConfig(header, 'T', 'P');
    expect(decoded).toEqual({ ...config, cpu: header.cpu, board: header.board });
    expect(encodeConfig(decoded)).toEqual(header);
  });

  it('names the schedule where there are several vCPUs, and is not asked for it where there is one', () => {
    const two = encodeConfig({ ...arm64, vcpus: 2 });
    expect(two.behaviours).toContain('schedule@2');
    expect(behaviourNames).not.toContain('schedule@2');
    const without = { ...two, behaviours: behaviourNames };
    expect(() => decodeConfig(without, 'T', 'P')).toThrow('T: it asks for a machine without the behaviour schedule@2');
  });

  it('keeps what an older tape asks for', () => {
    const two = encodeConfig({ ...arm64, vcpus: 2 });
    const names = two.behaviours as string[];
    const older = { ...two, behaviours: names.map((name) => name.replace('schedule@2', 'schedule@1')) };
    const config = decodeConfig(older, 'T', 'P');
    expect(config.olderBehaviours).toEqual(['schedule@1']);
    expect(encodeConfig(config)).toEqual(older);
    const both = { ...two, behaviours: [...names, 'schedule@1'] };
    expect(() => decodeConfig(both, 'T', 'P')).toThrow(
      'T: it asks for the behaviours schedule@2 and schedule@1 at once',
    );
  });

  it('names processor and board with their versions, and all behaviours', () => {
    expect(encodeConfig(armv7)).toMatchObject({ cpu: 'cortex-a15@3', board: 'virt@2', behaviours: behaviourNames });
    expect(cpuOf(armv7)).toBe(cpuOf({ ...armv7, cpu: 'cortex-a15@3' }));
  });

  it.each([
    ['cpu', 'cortex-a57@77', 'the processor cortex-a57@77'],
    ['cpu', 'neoverse-v9@1', 'the processor neoverse-v9@1'],
    ['board', 'virt@77', 'the board virt@77'],
    ['timerPolicy', 'virtual-direct', 'the timer policy virtual-direct'],
    ['behaviours', [...behaviourNames, 'tlb@99'], 'the behaviour tlb@99'],
    ['behaviours', behaviourNames.slice(1), `a machine without the behaviour ${behaviourNames[0]}`],
  ])('that asks for another %s gets one line that says so, and who has it', (key, value, what) => {
    const refused = () => decodeConfig({ ...encodeConfig(arm64), [key]: value }, 'T', 'hypertape 9.9.9');
    expect(refused).toThrow(Failure);
    expect(refused).toThrow(
      `T: it asks for ${what}, which this hypertape does not have; replay it with hypertape 9.9.9, which recorded it`,
    );
  });

  it.each([
    ['arch', 'vax'],
    ['arch', undefined],
    ['cpu', 'cortex-a57'],
    ['cpu', undefined],
    ['board', 'virt'],
    ['timerPolicy', 1],
    ['entropySeed', '0x10000000000000000'],
    ['memoryBytes', '512M'],
    ['gicVersion', 4],
  ])('with %s %s is refused', (key, value) => {
    const refused = () => decodeConfig({ ...encodeConfig(arm64), [key]: value }, 'T', 'P');
    expect(refused).toThrow(Failure);
    expect(refused).toThrow(`T: the machine's configuration has no valid ${key}`);
  });
});

test("a tape's header of a machine that cannot be names the tape", () => {
  const refused = () => decodeConfig({ ...encodeConfig(armv7), gicVersion: 3 }, 'T', 'P');
  expect(refused).toThrow(Failure);
  expect(refused).toThrow(/^T: no such machine can be \(--gic 3: .*\); the tape is damaged or of another version$/);
});

describe('a machine that cannot be is refused:', () => {
  it.each([
    [{ ...armv7, gicVersion: 3 as const }, /^--gic 3: an ARMv7 guest has the GICv2; leave --gic out$/],
    [{ ...under64, gicVersion: 3 as const }, /^--gic 3: an ARMv7 guest has the GICv2/],
    [
      { ...arm64, cpu: 'cortex-a15' as const },
      /^--cpu cortex-a15: it has no AArch64; leave --cpu out, or give an ARMv7 guest$/,
    ],
    [{ ...under64, board: 'fvp-a15' }, /^--cpu cortex-a57: board fvp-a15 has another; leave --cpu out$/],
    [{ ...under64, board: 'bhyve' }, /^--board bhyve: no board for armv7/],
    [{ ...armv7, board: 'bhyve' }, /^--board bhyve: no board for armv7; give --board virt, or --arch$/],
    [{ ...arm64, board: 'fvp-a15' }, /^--board fvp-a15: no board for arm64/],
    [{ ...arm64, board: 'fvp-base', memoryBytes: 2049 * MiB }, /^--memory: at most 2048M on fvp-base$/],
    [{ ...armv7, board: 'fvp-base' }, /^--board fvp-base: no board for armv7; give --board virt, or --arch$/],
    [
      { ...arm64, board: 'bhyve', virtio: 'legacy' as const },
      /^--virtio legacy: board bhyve@3 has virtio by PCI, which is modern; leave it out$/,
    ],
    [{ ...armv7, board: 'fvp-a15', memoryBytes: 2049 * MiB }, /^--memory: at most 2048M for armv7 on fvp-a15$/],
    [{ ...arm64, vcpus: 0 }, /^--smp 0: between 1 and 8$/],
    [{ ...arm64, vcpus: 9 }, /^--smp 9: between 1 and 8$/],
    [{ ...arm64, vcpus: 1.5 }, /^--smp 1.5: between 1 and 8$/],
    [{ ...arm64, turnCounts: 100 }, /^--turn: one vCPU takes no turns; give --smp 2 or more too$/],
    [{ ...arm64, scheduleSeed: 1n }, /^--schedule-seed: one vCPU takes no turns; give --smp 2 or more too$/],
    [{ ...arm64, turnEnds: [] }, /^turn ends: one vCPU takes no turns$/],
    [{ ...arm64, vcpus: 2, scheduleSeed: 1n, turnEnds: [] }, /^turn ends: turns from a seed have their own$/],
    [{ ...arm64, vcpus: 2, turnEnds: [{ vcpu: 0, at: 1, to: 2 }] }, /^turn ends: from vCPU 0 to vCPU 2 of 2$/],
    [{ ...arm64, vcpus: 2, turnEnds: [{ vcpu: 1, at: 1, to: 1 }] }, /^turn ends: from vCPU 1 to vCPU 1 of 2$/],
    [
      { ...arm64, vcpus: 2, turnEnds: [9, 8].map((at) => ({ vcpu: 0, at, to: 1 })) },
      /^turn ends: those of vCPU 0 are not in its order$/,
    ],
    [
      { ...arm64, vcpus: 2, turnEnds: Array(4097).fill({ vcpu: 0, at: 1, to: 1 }) },
      /^turn ends: 4097, of at most 4096$/,
    ],
    [{ ...arm64, vcpus: 2, turnCounts: 0 }, /^--turn 0: between 1 and 1000000000 counts$/],
    [{ ...arm64, vcpus: 2, turnCounts: 2.5 }, /^--turn 2.5: between/],
    [{ ...arm64, vcpus: 2, scheduleSeed: 1n << 64n }, /^--schedule-seed: a number of up to 64 bits$/],
    [{ ...arm64, memoryBytes: 16 * MiB + 1000 }, /^--memory: give a multiple of 4096/],
    [{ ...arm64, memoryBytes: 2 ** 60 }, /^--memory: between/],
    [{ ...arm64, memoryBytes: Number.NaN }, /^--memory: between/],
    [{ ...arm64, memoryBytes: 4 * MiB }, /^--memory: between 16M and 3072M$/],
    [{ ...arm64, rtcEpochSeconds: -1 }, /^--rtc/],
  ])('%o', (config, message) => {
    expect(() => checkConfig(config)).toThrow(Failure);
    expect(() => checkConfig(config)).toThrow(message);
  });

  it('and one that can be is not', () => {
    for (const config of [arm64, armv7, under64, { ...armv7, board: 'fvp-a15', memoryBytes: 2048 * MiB }])
      checkConfig(config);
    checkConfig({ ...armv7, memoryBytes: 3072 * MiB });
  });
});
