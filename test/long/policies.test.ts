// Debian boots under each timer policy, and the profiles of two tapes say what the policy changes.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { timerPolicies } from '../../src/hyp/arm-common/vtimer.ts';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

/** A side that has none is not there. */
interface Row {
  readonly key: string;
  readonly a?: { readonly count: number };
  readonly b?: { readonly count: number };
}

describe.each([
  { guest: 'debian-arm64-cloud', timer: /^CNTV_\w+_EL0$/, counter: 'CNTVCT_EL0' },
  { guest: 'debian-armv7', timer: /^CNTV_/, counter: 'CNTVCT' },
])('$guest', ({ guest, timer, counter }) => {
  it('boots under each policy, is replayed, and its exits are those that the policy makes', (context) => {
    fetched(context, guest);
    const folder = testFolder();
    const tapeOf = (policy: string): string => join(folder, `${policy}.tape`);
    for (const policy of timerPolicies) {
      const tape = tapeOf(policy);
      const machine = ['--guest', guest, '--timer-policy', policy];
      const recorded = hypertapeJson(['record', ...machine, '-o', tape, '--console', `file:${tape}.console`]);
      expect([policy, recorded.outcome]).toEqual([policy, 'poweroff']);
      // `direct` is what all other boots have, and are replayed with.
      if (policy === 'direct') continue;
      const replayed = hypertapeJson(['replay', tape, '--console', 'none']);
      expect(replayed).toMatchObject({ verified: true, stateHash: recorded.stateHash });
    }
    const compared = (a: string, b: string): readonly Row[] =>
      (hypertapeJson(['profile', tapeOf(a), tapeOf(b), '--by', 'sysreg']) as unknown as { rows: Row[] }).rows;
    // Linux reads the virtual counter alone, so that bhyve's policy changes nothing for it.
    for (const { key, a, b } of compared('direct', 'bhyve')) expect([key, a?.count]).toEqual([key, b?.count]);
    const rows = compared('direct', 'bhyve-2018');
    const counted = rows.find(({ key }) => key === counter);
    expect(counted?.a).toBeUndefined();
    expect(counted?.b?.count).toBeGreaterThan(1000);
    const programmed = rows.filter(({ key }) => timer.test(key) && key !== counter);
    expect(programmed.length).toBeGreaterThan(0);
    for (const { key, a, b } of programmed) expect([key, a, (b?.count ?? 0) > 100]).toEqual([key, undefined, true]);
  });
});
