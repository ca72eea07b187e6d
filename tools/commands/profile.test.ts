import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { hypertape, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());
const [arm64, armv7, bhyve] = ['demo-arm64', 'demo-armv7', 'demo-arm64-bhyve-2018'].map(
  (name) => `traces/golden/v3/${name}.tape`,
) as [string, string, string];

describe('profile', () => {
  it.each([arm64, armv7])('%s: JSON as the listing has it', (tape) => {
    const { status, stdout, stderr } = hypertape(['profile', tape, '--by', 'device', '--json']);
    expect([status, stderr]).toEqual([0, '']);
    const { total, rows } = JSON.parse(stdout) as { total: number; rows: Record<string, unknown>[] };
    const listed = hypertape(['events', tape, '--class', 'vm-exit', '--json']).stdout.trim().split('\n');
    expect(total).toBe(listed.length);
    expect(rows.map(({ key }) => key)).toContain('pl011');
    for (const field of ['count', 'share', 'instructions', 'timeNs', 'min', 'mean', 'p50', 'p90', 'p99', 'max'])
      expect(rows[0]).toHaveProperty(field, expect.any(Number));
    expect(rows[0]?.histogram).toContainEqual({
      from: expect.any(Number),
      to: expect.any(Number),
      count: expect.any(Number),
    });
  });

  it('writes files that flame graphs are made of, and replaces none', () => {
    const file = work.file('stacks');
    const write = (format: string, ...more: string[]) =>
      hypertape(['profile', arm64, '--by', 'symbol,class', '--format', format, '-o', file, ...more]);
    expect(write('pprof').status).toBe(0);
    expect(gunzipSync(readFileSync(file)).toString('latin1')).toContain('DABT_LOW');
    expect(write('speedscope')).toMatchObject({ status: 2, stdout: '' });
    expect(write('speedscope', '--force').status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ profiles: [{ type: 'sampled' }, {}, {}] });
  });

  it('of two tapes tells what changed', () => {
    const { status, stdout } = hypertape(['profile', arm64, bhyve, '--by', 'class', '--json']);
    expect(status).toBe(0);
    const { rows, a, b } = JSON.parse(stdout) as { rows: { key: string; delta: number }[]; a: Total; b: Total };
    expect(rows[0]?.key).toBe('SYS64');
    expect(rows.reduce((sum, { delta }) => sum + delta, 0)).toBe(b.total - a.total);
    const collapsed = hypertape(['profile', arm64, bhyve, '--format', 'collapsed']).stdout;
    expect(collapsed).toMatch(/^SYS64 \d+ \d+$/m);
  });

  it('tells of interrupts and timers', () => {
    const { status, stdout } = hypertape(['profile', armv7, '--interrupts', '--json']);
    expect(status).toBe(0);
    const { interrupts, timers } = JSON.parse(stdout) as Record<'interrupts' | 'timers', Record<string, unknown>[]>;
    const virtual = {
      intid: 27,
      vcpu: 0,
      raised: 19,
      acknowledged: 19,
      lost: 0,
      spurious: 0,
      storms: { count: 0, first: [] },
    };
    expect(interrupts).toContainEqual(expect.objectContaining(virtual));
    expect(timers).toContainEqual(expect.objectContaining({ timer: 'virtual', intid: 27, fired: 19, lost: 0 }));
    const text = hypertape(['profile', armv7, '--interrupts', '--histogram']).stdout;
    expect(text).toMatch(/^ +27 +0 +timer +19 /m);
    expect(text).toMatch(/^ +virtual +0 +27 +77 /m);
  });
  it('by stack says which code traps where, from a replay', () => {
    const flame = hypertape(['profile', arm64, '--by', 'stack', '--format', 'collapsed']);
    expect([flame.status, flame.stderr]).toEqual([0, '']);
    const lines = flame.stdout.trim().split('\n');
    expect(lines).toContain('text_start;main;print;console_put;DABT_LOW;pl011;pl011 UARTDR 577');
    const counts = lines.map((line) => Number(line.split(' ').at(-1)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3397);
  });
  it('by task says so where the guest does not tell', () => {
    const { status, stdout, stderr } = hypertape(['profile', armv7, '--by', 'task', '--json']);
    expect(status).toBe(0);
    expect(stderr).toContain("the guest's kernel does not tell its types (BTF");
    expect(JSON.parse(stdout)).toMatchObject({ rows: [{ key: '(no task)', share: 1 }] });
  });

  it('of a tape that was cut off has what is there; of a damaged one none', () => {
    const whole = readFileSync(arm64);
    const cut = work.write('cut.tape', whole.subarray(0, whole.length - 60));
    const { status, stdout, stderr } = hypertape(['profile', cut, '--json']);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^[^\n]*cut off at offset \d+[^\n]*\n$/)]);
    expect((JSON.parse(stdout) as { total: number }).total).toBeGreaterThan(0);
    // In the first frame of events.
    const at = whole.indexOf(Buffer.from([0x89, 0x48, 0x54, 0x46, 4])) + 100;
    const damaged = work.write(
      'damaged.tape',
      Uint8Array.from(whole, (byte, i) => (i === at ? byte ^ 1 : byte)),
    );
    const refused = hypertape(['profile', damaged]);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^hypertape: [^\n]* is damaged at offset \d+: [^\n]*\n$/);
  });

  it('refuses on one line what does not go together', () => {
    for (const [args, why] of [
      [[arm64, '--by', 'colour'], /--by colour: nothing to profile by/],
      [[arm64, '--json', '--format', 'stats'], /leave one of them out/],
      [[arm64, armv7, '--format', 'pprof'], /two tapes are compared/],
      [[arm64, '--interrupts', '--by', 'symbol'], /--interrupts: is a table of its own/],
      [['README.md'], /not a hypertape tape/],
    ] as const) {
      const { status, stdout, stderr } = hypertape(['profile', ...args]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(why);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});
interface Total {
  readonly total: number;
}

it('--advice says what to do about it', () => {
  const tape = 'traces/golden/v3/demo-arm64.tape';
  const { stdout } = hypertape(['profile', tape, '--advice']);
  expect(stdout).toMatch(
    /warning: Console output is an exit a character\n {2}46 % of exits \(1,574\) .* 100 % of them from console_put\./,
  );
  const json = JSON.parse(hypertape(['profile', tape, '--advice', '--json']).stdout) as {
    advice: { id: string; count: number }[];
  };
  const writes = hypertape([
    'query',
    tape,
    "SELECT count(*) AS n FROM mmio WHERE register = 'UARTDR' AND access = 'write'",
    '--csv',
  ]);
  expect(json.advice.find(({ id }) => id === 'uart-output')?.count).toBe(Number(writes.stdout.split('\n')[1]));
  expect(hypertape(['profile', tape, tape, '--advice'])).toMatchObject({ status: 2, stdout: '' });
});
