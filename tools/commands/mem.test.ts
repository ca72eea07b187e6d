import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const TAPE = 'traces/golden/v3/demo-arm64.tape';
const mem = (address: string, length: string, ...more: readonly string[]) =>
  hypertape(['mem', TAPE, address, length, '--at', '31018', ...more]);

describe('mem', () => {
  test('by virtual and by guest-physical address, in words and as JSON', () => {
    const physical = mem('0x40080000', '20');
    expect(physical.status).toBe(0);
    expect(physical.stdout).toBe(
      [
        'pa:40080000  df 4f 03 d5 f3 03 00 aa  c0 00 00 d0 1f 00 00 91  |.O..............|  text_start',
        'pa:40080010  00 00 00 90                                       |....|  text_start+0x10',
        '',
      ].join('\n'),
    );
    const named = jsonOf(mem('virtual_timer+8', '8', '--json'));
    expect(named).toMatchObject({ va: '0x40093020', symbol: 'virtual_timer+0x8', bytes: 8 });
    expect(named.hex).toBe(jsonOf(mem('pa:virtual_timer+8', '8', '--json')).hex);
    const virtual = jsonOf(hypertape(['mem', TAPE, 'va:0x40080000', '0x10', '--at', 'symbol:main', '--json']));
    expect(virtual).toMatchObject({ va: '0x40080000', bytes: 16, icount: 26_033 });
    expect(virtual.hex).toBe('df4f03d5f30300aac00000d01f000091');
  });

  test('to a file, which holds the bytes as they are, and replaces none unasked', () => {
    const path = work.file('ram');
    const { status, stdout } = mem('0x40000000', '32M', '-o', path, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ icount: 31018, pa: '0x40000000', bytes: 32 * 2 ** 20, output: path });
    const ram = readFileSync(path);
    expect(ram).toHaveLength(32 * 2 ** 20);
    expect(ram.subarray(0x8_0000, 0x8_0004)).toEqual(Buffer.from('df4f03d5', 'hex'));
    writeFileSync(path, 'precious');
    const again = mem('0x40000000', '16', '-o', path);
    expect([again.status, readFileSync(path, 'utf8')]).toEqual([2, 'precious']);
    expect(again.stderr).toContain('--force');
    // What cannot be written as a whole leaves nothing.
    const beyond = mem('0x41f00000', '2M', '-o', path, '--force');
    expect([beyond.status, readFileSync(path, 'utf8')]).toEqual([2, 'precious']);
  });

  test.each([
    ['0x09000000', '4', 'pl011 UARTDR'],
    ['va:0xffff000000000000', '8', 'no translation'],
    ['0xffff800008000000', '8', 'va:ADDRESS'],
    ['0x41fffff8', '64', 'no memory'],
    ['0x40000000', '1G', '-o'],
    ['virtual_time', '8', 'there are virtual_timer'],
  ])('refused in one line: %s %s', (address, length, why) => {
    const { status, stderr } = mem(address, length);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(why);
  });
});
