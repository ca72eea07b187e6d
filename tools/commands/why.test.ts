import { afterAll, describe, expect, test } from 'vitest';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { hypertape, jsonOf, WorkFolder } from '../session/command-line.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
const ARMV7 = 'traces/golden/v3/demo-armv7.tape';
const asked = (tape: string, ...args: readonly string[]) => jsonOf(hypertape(['why', tape, ...args, '--json']));

const work = new WorkFolder();
afterAll(() => work.remove());

describe('why', () => {
  test('a byte of console input, from the register that took it to who typed it', () => {
    const { what, value, icount, chain, origin, inputs } = asked(ARM64, 'x3', '--at', '29627783');
    expect({ what, value, icount }).toEqual({ what: 'x3', value: '0x70', icount: 29_627_783 });
    expect(chain).toEqual([
      {
        ...{ icount: 29_627_780, pc: '0x400817a8', symbol: 'console_irq+0x28', what: 'x3', value: '0x70', by: 'cpu' },
        instruction: 'ldr w3, [x5]',
        from: [
          { kind: 'data', what: 'pl011 UARTDR', value: '0x70' },
          { kind: 'address', what: 'x5', value: '0x9000000' },
        ],
      },
    ]);
    expect(origin).toEqual({ kind: 'input', event: 6510, what: 'console input: byte 3 of it, "p"' });
    expect(inputs).toEqual([]);
  });
  test('the time, through a division, to the clock of the board', () => {
    const { chain, origin } = asked(ARM64, 'x5', '--at', '31000') as unknown as {
      chain: { icount: number; what: string }[];
      origin: object;
    };
    expect(chain.length).toBeGreaterThan(15);
    expect(chain.map(({ icount }) => icount)).toEqual(chain.map(({ icount }) => icount).toSorted((a, b) => b - a));
    expect(chain.at(-1)).toMatchObject({ instruction: 'ldr w0, [x0]', what: 'w0', value: '0x6955b900' });
    expect(origin).toMatchObject({ kind: 'event', what: 'pl031 RTCDR was read' });
  });
  test('what the hypervisor answered', () => {
    const call = asked(ARM64, 'x0', '--at', '27410');
    expect(call).toMatchObject({ chain: [{ by: 'hypervisor', what: 'x0', value: '0x10000' }], origin: { event: 323 } });
    const trapped = asked(ARMV7, 'r1', '--at', '11057940');
    expect(trapped).toMatchObject({
      chain: [{ by: 'hypervisor', what: 'r1' }],
      origin: { kind: 'event', event: 3386 },
    });
  });
  test('memory, by name and by address: an image, a constant', () => {
    const image = asked(ARM64, 'console_irq', '--at', 'end');
    expect(image).toMatchObject({ chain: [], origin: { kind: 'image', image: 'kernel', offset: 0x1780 } });
    expect(asked(ARMV7, '0x40700000', '--at', 'end', '--bytes', '1')).toMatchObject({
      what: 'the byte at pa:0x40700000',
      ...{ chain: [], origin: { kind: 'constant', what: 'memory that nobody has written: zero' } },
    });
  });
  test('a change that a fork made', () => {
    const tape = work.file('edited.tape');
    const changes = ['--set', 'mem=0x40700000:ef', '--set', 'reg=x9:0x1234'];
    hypertape([
      'fork',
      ARM64,
      '-o',
      tape,
      '--at',
      'icount:31018',
      ...changes,
      '--max-icount',
      '31100',
      '--console',
      'none',
    ]);
    for (const what of ['x9', '0x40700000'])
      expect(asked(tape, what, '--at', '31019')).toMatchObject({
        ...{ chain: [{ icount: 31_018, by: 'edit' }], origin: { kind: 'event' } },
      });
  });
  test('page tables: what an address was translated by', () => {
    const tables = [
      { kind: 'address', what: '8 bytes at pa:0x40090240', value: '0x60000009000401' },
      { kind: 'address', what: '8 bytes at pa:0x40091000', value: '0x40090003' },
      { kind: 'address', what: 'TTBR0_EL1', value: '0x1000040091000' },
    ];
    const told = asked(ARM64, 'x3', '--at', '29627783', '--all', '--depth', '1') as unknown as {
      chain: { from: { kind: string; what: string; value: string }[] }[];
    };
    const from = told.chain[0]?.from.map(({ kind, what, value }) => ({ kind, what, value }));
    expect(from).toEqual(expect.arrayContaining(tables));
    expect(asked(ARM64, 'PAR_EL1', '--at', 'end', '--depth', '2')).toMatchObject({
      chain: [
        { instruction: 'at s1e0r, x0', what: 'PAR_EL1' },
        { what: '8 bytes at pa:0x4008e420', value: '0x20000040084fc7' },
      ],
    });
  });
  test('of several vCPUs: through what others stored, and what they turned a vCPU on with', () => {
    const tape = work.file('smp.tape');
    const kernel = ['--kernel', 'tools/guests/demo-smp/smp-arm64.elf', '--memory', '32M', '--smp', '3'];
    hypertape(['record', ...kernel, '-o', tape, '--max-icount', '20000', '--console', 'none']);
    const events = [...TapeReader.open(tape).events({ classes: new Set(['psci', 'vcpu-turn']) })];
    const atOf = (found: (event: (typeof events)[number]) => boolean): number => events.find(found)?.at ?? 0;
    // It counts itself in with an exclusive add, and waits.
    const counted = atOf((event) => event.kind === 'vcpu-turn' && event.from === 2) - 8;
    expect(asked(tape, 'x0', '--at', String(counted), '--vcpu', '2')).toMatchObject({
      value: '0x2',
      chain: [
        { vcpu: 2, what: 'x0' },
        { vcpu: 2, instruction: 'ldxr w0, [x2]', what: 'w0' },
        { vcpu: 1, instruction: 'stxr w1, w0, [x2]' },
        { vcpu: 1, what: 'w0' },
        { vcpu: 1, what: 'w0' },
        { vcpu: 0, instruction: 'stp xzr, xzr, [x0], #0x10' },
      ],
    });
    const turnedOn = String(atOf((event) => event.kind === 'psci' && event.arg0 === 2n && event.arg2 === 2n) + 1);
    for (const [what, value, given] of [
      ['x0', '0x2', 'x3'],
      ['pc', '0x40080038', 'x2'],
    ] as const) {
      const { chain } = asked(tape, what, '--at', turnedOn, '--vcpu', '2') as unknown as { chain: object[] };
      expect(chain.slice(0, 2)).toMatchObject([
        { vcpu: 2, by: 'hypervisor', what, value, from: [{ kind: 'data', what: given, value }] },
        { vcpu: 0, by: 'cpu', what: given, value },
      ]);
    }
  });
  test('no further than asked', () => {
    const { chain, origin } = asked(ARM64, 'sp', '--at', '31000', '--depth', '3');
    expect(chain).toHaveLength(3);
    expect(origin).toEqual({ kind: 'unfollowed', what: 'more than 3 steps' });
    expect(asked(ARM64, 'sp', '--at', '31000', '--limit', '2').chain).toHaveLength(3);
  });
  test('for people', () => {
    const { status, stdout } = hypertape(['why', ARM64, 'VBAR_EL1', '--at', '31000']);
    expect(status).toBe(0);
    expect(stdout).toBe(
      `VBAR_EL1 = 0x40080800 at icount 31,000 (0.000031 s)
  icount 6 (0.000000 s)  0x40080018 text_start+0x18: msr vbar_el1, x0
    VBAR_EL1 = 0x40080800 from x0 = 0x40080800
  icount 5 (0.000000 s)  0x40080014 text_start+0x14: add x0, x0, #0x800
    x0 = 0x40080800 from x0 = 0x40080000
  icount 4 (0.000000 s)  0x40080010 text_start+0x10: adrp x0, #0x40080000
    x0 = 0x40080000
  constant: of the instruction itself
`,
    );
  });
  test('what is none is one line', () => {
    for (const [what, why] of [
      ['x31', 'no register of this guest'],
      ['pa:0x10', 'no memory'],
      ['va:0xdead00000000', 'no translation'],
    ] as const) {
      const { status, stderr } = hypertape(['why', ARM64, what, '--at', 'end']);
      expect([status, stderr.split('\n').length, stderr]).toEqual([2, 2, expect.stringContaining(why)]);
    }
  });
});
