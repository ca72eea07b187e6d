import { afterAll, describe, expect, it } from 'vitest';
import { echoGuest, hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const recorded = (name: string, ...options: readonly string[]): string => {
  const tape = work.file(name);
  hypertape(['record', ...options, '-o', tape, '--console', 'none']);
  return tape;
};
const race = ['--guest', 'demo-race-armv7', '--smp', '2', '--memory', '32M', '--board', 'virt@1'];

describe('minimize', () => {
  it('makes the one turn end by which an update is lost, and its tape replays', () => {
    const tape = recorded('counter.tape', ...race, '--append', 'race=counter', '--schedule-seed', '1');
    const least = work.file('least.tape');
    const finished = hypertape(['minimize', tape, '-o', least, '--json']);
    expect(finished).toMatchObject({ status: 0, stderr: '' });
    const json = jsonOf(finished);
    expect(json).toMatchObject({
      tape: least,
      isLeast: true,
      before: { turnEnds: 16, inputBytes: 0 },
      after: { turnEnds: 1, inputBytes: 0 },
      turnEnds: [{ vcpu: 0, to: 1, symbol: expect.stringMatching(/^add_unlocked\+/) }],
    });
    const replayed = jsonOf(hypertape(['replay', least, '--json']));
    expect(replayed).toMatchObject({ verified: true, outcome: 'reset' });
    const [{ vcpu, at, to }] = json.turnEnds as [{ vcpu: number; at: number; to: number }];
    const { machine } = jsonOf(hypertape(['info', least, '--json'])) as { machine: Record<string, unknown> };
    expect(machine).toMatchObject({
      turnEnds: [{ vcpu, at, to }],
      behaviours: expect.arrayContaining(['turn-ends@1']),
    });
    expect(machine).not.toHaveProperty('scheduleSeed');
  });

  it('leaves out the input that does not matter, and says where more runs would go on', () => {
    const script = work.write('script.txt', 'send abcdefgh\\n\nsend xyq\\r\n');
    const guest = work.code('echo', echoGuest);
    const tape = recorded('typed.tape', ...guest, '--input', script);
    const least = work.file('least-typed.tape');
    const finished = hypertape(['minimize', tape, '-o', least, '--until', 'Z', '--json']);
    expect(finished).toMatchObject({ status: 0 });
    expect(jsonOf(finished)).toMatchObject({ isLeast: true, after: { inputBytes: 1 }, turnEnds: [] });
    expect(hypertape(['replay', least]).stdout).toBe('q');
    const some = hypertape(['minimize', tape, '-o', work.file('some.tape'), '--until', 'Z', '--runs', '3']);
    expect(some).toMatchObject({ status: 0, stderr: '3 runs are made (--runs): it may go with less\n' });
    expect(hypertape(['minimize', tape, '-o', work.file('none.tape')])).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/its run ended by poweroff, which is no finding; say with --rules or --until/),
    });
  });

  it('of a run with a reset: a turn end in the first boot alone', () => {
    const rules = work.write(
      'soon.json',
      '{"rules":[{"name":"soon","reach":"console:RACE-DONE","within":{"instructions":30000}}]}',
    );
    const arm64 = race.map((word) => word.replace('armv7', 'arm64'));
    const options = ['--append', 'race=counter', '--schedule-seed', '1', '--reboot'];
    const tape = recorded('reboot.tape', ...arm64, ...options);
    const least = work.file('least-reboot.tape');
    const finished = jsonOf(hypertape(['minimize', tape, '-o', least, '--rules', rules, '--json']));
    expect(finished).toMatchObject({ isLeast: true, turnEnds: [{ vcpu: 0, to: 1 }] });
    const replayed = hypertape(['replay', least]);
    expect(replayed.status).toBe(0);
    expect(replayed.stdout).toMatch(/wanted 200: FAIL\s+race: .*wanted 200: ok\s+RACE-DONE/);
  });

  it('goes by the rules that a tape breaks', () => {
    const rules = work.write(
      'rules.json',
      '{"rules":[{"name":"done","reach":"console:RACE-DONE","within":{"instructions":1000000}}]}',
    );
    const tape = recorded('broken.tape', ...race, '--append', 'race=counter', '--schedule-seed', '5');
    const finished = hypertape(['minimize', tape, '-o', work.file('least-broken.tape'), '--rules', rules]);
    expect(finished.status).toBe(0);
    expect(finished.stdout).toMatch(
      /^breach: done\n.*: turn ends: 2 of 10, .*\n {2}vCPU 0 has .*\n {2}vCPU 1 has .* add_unlocked\+/,
    );
  });
});
