import { describe, expect, it } from 'vitest';
import { type SpawnedRun, SpawnedRuns } from './spawned-run.ts';
import { criterionOf, judge } from './verdict.ts';

const processes = new SpawnedRuns();
const ended = (status: number, outcome: string): SpawnedRun => ({
  status,
  signal: null,
  json: { outcome, reason: 'why', icount: 5 },
  said: '',
});
const judged = (run: SpawnedRun, criterion = {}) => judge(run, 'none.tape', criterion, processes);

describe('a run', () => {
  it('is a finding where record says that it did not end as wanted', async () => {
    expect(await judged(ended(0, 'poweroff'))).toMatchObject({ outcome: 'poweroff', icount: 5, isFinding: false });
    expect(await judged(ended(3, 'poweroff'))).toMatchObject({ isFinding: true });
    expect(await judged(ended(3, 'stuck'))).toMatchObject({ outcome: 'stuck', reason: 'why', isFinding: true });
  });

  it('is one where it ends otherwise than the user said', async () => {
    const criterion = criterionOf({ expectExit: 'panic,reset' });
    expect(await judged(ended(3, 'panic'), criterion)).toMatchObject({ isFinding: false });
    expect(await judged(ended(0, 'poweroff'), criterion)).toMatchObject({ isFinding: true });
  });

  it('is one, whatever is asked for, where hypertape itself ends', async () => {
    const criterion = criterionOf({ expectExit: 'poweroff' });
    const killed = { status: null, signal: 'SIGSEGV', json: undefined, said: 'last words' };
    expect(await judged(killed, criterion)).toMatchObject({
      outcome: 'crash',
      reason: 'hypertape ended by SIGSEGV: last words',
      isFinding: true,
    });
    const faulty = { status: 4, signal: null, json: undefined, said: 'hypertape: internal fault' };
    expect(await judged(faulty)).toMatchObject({ outcome: 'crash', isFinding: true });
  });

  it('that cannot be ends the sweep in its words', async () => {
    const wrong = { status: 2, signal: null, json: undefined, said: 'hypertape: --smp 9: between 1 and 8' };
    await expect(judged(wrong)).rejects.toThrow(/^--smp 9: between 1 and 8$/);
  });
});

describe('what is a finding', () => {
  it.each([
    [{ rules: 'a', until: 'b' }, /exclude each other/],
    [{ rules: '-' }, /^--rules -: it is read for each run/],
    [{ rules: '/no/such/file' }, /^--rules \/no\/such\/file/],
    [{ expectExit: 'poweroff,off' }, /^--expect-exit off: give some of poweroff,reset/],
  ])('%j is refused', (args, message) => {
    expect(() => criterionOf(args)).toThrow(message);
  });
});
