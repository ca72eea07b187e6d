import { afterAll, describe, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
const ARMV7 = 'traces/golden/v3/demo-armv7.tape';
/** Of the demo's stack: where `print` saves its registers. */
const SAVED = '0x40099ea0';
const asked = (tape: string, ...args: readonly string[]) => jsonOf(hypertape(['who-wrote', tape, ...args, '--json']));

const work = new WorkFolder();
afterAll(() => work.remove());

describe('who-wrote', () => {
  test('memory: the last write before the place, and by whom', () => {
    const last = {
      ...{ icount: 30712, pc: '0x40081370', symbol: 'print', by: 'cpu', bytes: 8, pa: SAVED, va: SAVED },
      ...{ before: '0x40099f60', after: '0x40099f60' },
    };
    expect(asked(ARM64, SAVED, '--at', 'icount:31018')).toEqual(last);
    expect(asked(ARM64, `va:${SAVED}`, '--at', 'icount:30713')).toEqual(last);
    expect(asked(ARM64, SAVED, '--at', 'icount:30712')).toMatchObject({ icount: 30032, before: '0x0' });
    // A byte of it, and one beyond.
    expect(asked(ARM64, '0x40099ea7', '--at', 'icount:31018')).toEqual(last);
    expect(asked(ARM64, '0x40099ea8', '--at', 'icount:31018').pa).toBe('0x40099ea8');
    expect(asked(ARM64, '0x40081710', '--at', 'end')).toMatchObject({ icount: 0, by: 'loader', after: '0x20' });
    expect(asked(ARM64, '0x40700000', '--at', 'end')).toEqual({ by: null });
  });
  test('a variable by its name', () => {
    const last = asked(ARMV7, 'virtual_timer+0xc', '--at', 'end');
    expect(last).toMatchObject({ by: 'cpu', target: 'virtual_timer+0xc' });
    expect(last).toEqual(asked(ARMV7, `va:${last.va}`, '--at', 'end'));
  });
  test('a register, of the CPU as it is at the place', () => {
    expect(asked(ARM64, 'sp', '--at', 'icount:31018')).toMatchObject({
      ...{ icount: 30712, symbol: 'print', before: '0x40099f60', after: SAVED },
    });
    expect(asked(ARM64, 'VBAR_EL1', '--at', 'end')).toMatchObject({ icount: 6, after: '0x40080800', by: 'cpu' });
    expect(asked(ARMV7, 'lr', '--at', 'symbol:main')).toMatchObject({ after: '0x4008005c', by: 'cpu' });
  });
  test('what the hypervisor gives for an instruction is written by it, though nothing changes', () => {
    const tape = work.file('given.tape');
    const twice = (word: number): number[] => [word, word];
    const code = [
      0xd2a12000, // mov x0, #0x9000000
      ...twice(0xb9401801), // ldr w1, [x0, #0x18]
      ...twice(0x29430801), // ldp w1, w2, [x0, #0x18], which no syndrome describes
      ...twice(0xd5380503), // mrs x3, id_aa64dfr0_el1
      ...[0x52b08000, 0x72800100, 0xd4000002], // power off
    ];
    hypertape(['record', ...work.code('given', code), '-o', tape, '--console', 'none']);
    expect(asked(tape, 'x1', '--at', '3')).toMatchObject({ icount: 2, by: 'cpu' });
    for (const [register, icount] of [
      ['x1', 4],
      ['x2', 4],
      ['x3', 6],
    ] as const) {
      const last = asked(tape, register, '--at', '7');
      expect([register, last]).toEqual([register, expect.objectContaining({ icount, by: 'cpu' })]);
      expect(last.after).toBe(last.before);
      const { writes } = asked(tape, register, '--at', '7', '--all') as unknown as { writes: { icount: number }[] };
      expect(writes.map((write) => write.icount)).toEqual({ x1: [1, 2, 3, 4], x2: [3, 4], x3: [5, 6] }[register]);
    }
  });
  test('all writes of a stretch', () => {
    const { writes } = asked(ARM64, SAVED, '--at', 'icount:31018', '--all') as unknown as { writes: object[] };
    expect(writes).toMatchObject([{ icount: 30032 }, { icount: 30712 }]);
    const later = asked(ARM64, SAVED, '--at', 'icount:31018', '--all', '--from', '30033');
    expect(later).toEqual({ writes: writes.slice(1) });
    expect(asked(ARM64, SAVED, '--at', 'icount:31018', '--all', '--limit', '1')).toEqual({
      ...{ writes: writes.slice(0, 1), isCut: true },
    });
  });
  test('a change that a fork made', () => {
    const tape = work.file('edited.tape');
    const changes = ['--set', 'mem=0x40700000:ef', '--set', 'reg=VBAR_EL1:0x40081000'];
    const args = ['--at', 'icount:31018', ...changes, '--max-icount', '31100', '--console', 'none'];
    hypertape(['fork', ARM64, '-o', tape, ...args]);
    const by = { icount: 31018, pc: '0x40081710', by: 'edit' };
    expect(asked(tape, '0x40700000', '--at', 'icount:31050')).toMatchObject({ ...by, before: '0x0', after: '0xef' });
    expect(asked(tape, 'VBAR_EL1', '--at', 'icount:31050')).toMatchObject({ ...by, after: '0x40081000' });
    expect(asked(tape, '0x40700000', '--at', 'icount:31018')).toEqual({ by: null });
  });
  test('for people', () => {
    const { status, stdout } = hypertape(['who-wrote', ARM64, SAVED, '--at', 'icount:31018']);
    expect(status).toBe(0);
    expect(stdout).toBe(
      `icount 30,712 (0.000031 s), 0x40081370 print: cpu wrote 8 bytes at pa:${SAVED}, va:${SAVED}: 0x40099f60 -> 0x40099f60\n`,
    );
  });
  test('what is none is one line', () => {
    for (const [what, why] of [
      ['x31', 'no register of this guest'],
      ['r0', 'no register of this guest'],
      ['pa:0x10', 'no memory'],
      ['va:0xdead00000000', 'no translation'],
    ] as const) {
      const { status, stderr } = hypertape(['who-wrote', ARM64, what, '--at', 'end']);
      expect([status, stderr.split('\n').length, stderr]).toEqual([2, 2, expect.stringContaining(why)]);
    }
  });
});
