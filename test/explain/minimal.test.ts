import { describe, expect, it } from 'vitest';
import { runOfTape, tryRun } from '../../src/explain/minimal/trial.ts';
import { TURN_MAX } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';

describe.each([
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'armv7', gicVersion: 2 },
] as const)('of $arch', ({ arch, gicVersion }) => {
  it.each([9n])('turns from seed %s are the same when they are made to end where they did', (scheduleSeed) => {
    const path = `${testFolder()}/seeded.tape`;
    const images = MachineImages.read({ kernel: guestFiles(`demo-smp-${arch}`).kernel });
    recordDemo({ path, config: { arch, gicVersion, vcpus: 3, turnCounts: 3000, scheduleSeed }, images });
    const run = runOfTape(TapeReader.open(path));
    expect(run.turnEnds.length).toBeGreaterThan(500);
    const trial = tryRun(run, { ...run, turnCounts: TURN_MAX }, { maxIcount: Number.POSITIVE_INFINITY });
    expect(trial.turns).toEqual(run.turnEnds);
    expect(trial.outcome).toBe('poweroff');
  });
});
