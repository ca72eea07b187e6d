import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hypertape } from '../session/command-line.fixture.ts';

const ARM64 = 'traces/golden/v3/demo-arm64.tape';
const ARMV7 = 'traces/golden/v3/demo-armv7.tape';
const folder = mkdtempSync(join(tmpdir(), 'trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const linesOf = (tape: string, from: string, to: string, ...args: readonly string[]): string[] => {
  const { status, stdout, stderr } = hypertape(['trace', tape, '--from', from, '--to', to, ...args]);
  expect([status, stderr.replace(/^npm install .*\n/, '')]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
};
/** Without the words of instructions: the disassembler is a package that may not be there. */
const wordless = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ : .*/, ''));

describe('trace', () => {
  test('instructions with the registers that they wrote, and exceptions', () => {
    const lines = wordless(linesOf(ARM64, '31014', '31019'));
    expect(lines).toEqual([
      '31014 clk cpu0 IT (1) 0000000040081700:000040081700_NS f2a12002 O EL1h_n',
      '31014 clk cpu0 R X2 0000000009000018',
      '31015 clk cpu0 IT (2) 0000000040081704:000040081704_NS b9400041 O EL1h_n',
      // A device: the hypervisor gives it its value.
      '31015 clk cpu0 E 0000000040081704 00000088 CoreEvent_LOWER_64_SYNC',
      '31015 clk cpu0 R X1 0000000000000090',
      '31016 clk cpu0 IT (3) 0000000040081708:000040081708_NS 372fffe1 O EL1h_n',
      '31017 clk cpu0 IT (4) 000000004008170c:00004008170c_NS d2a12001 O EL1h_n',
      '31017 clk cpu0 R X1 0000000009000000',
      '31018 clk cpu0 IT (5) 0000000040081710:000040081710_NS b9000020 O EL1h_n',
      '31018 clk cpu0 E 0000000040081710 00000088 CoreEvent_LOWER_64_SYNC',
    ]);
  });
  test('AArch32: from A32 to T32 and back', () => {
    const lines = wordless(linesOf(ARMV7, '39995', '40003'));
    expect(lines.filter((line) => line.includes(' IT ')).map((line) => line.split(' ').slice(5))).toEqual([
      ['4008092c:00004008092c_NS', 'e12fff1e', 'A', 'svc_ns'],
      ['4008071e:00004008071e_NS', '7860', 'T', 'svc_ns'],
      ['40080720:000040080720_NS', 'f1040401', 'T', 'svc_ns'],
      ['40080724:000040080724_NS', '2800', 'T', 'svc_ns'],
      ['40080726:000040080726_NS', 'd1d9', 'T', 'svc_ns'],
      ['400806dc:0000400806dc_NS', '2825', 'T', 'svc_ns'],
      ['400806de:0000400806de_NS', 'd11c', 'T', 'svc_ns'],
      ['4008071a:00004008071a_NS', 'f000e8f6', 'T', 'svc_ns'],
    ]);
    expect(lines).toContain('40002 clk cpu0 R lr 4008071F');
  });
  test('memory that is read and written, with its values', () => {
    const plain = linesOf(ARM64, '30700', '30760');
    const lines = linesOf(ARM64, '30700', '30760', '--memory');
    const isAccess = (line: string): boolean => / M[RW]\d+ /.test(line);
    // Nothing else is another: each instruction is told once.
    expect(lines.filter((line) => !isAccess(line))).toEqual(plain);
    // A pair is two accesses, behind its instruction and before what it wrote of registers.
    const saved = lines.findIndex((line) => line.startsWith('30712 clk cpu0 IT'));
    expect(lines.slice(saved + 1, saved + 4)).toEqual([
      expect.stringMatching(/^30712 clk cpu0 MW8 0000000040099ea0:000040099ea0_NS 00000000_40099f60$/),
      expect.stringMatching(/^30712 clk cpu0 MW8 0000000040099ea8:000040099ea8_NS 00000000_[0-9a-f]{8}$/),
      expect.stringMatching(/^30712 clk cpu0 R sp 0000000040099EA0$/),
    ]);
    const reads = lines.filter((line) => / MR1 /.test(line));
    expect(reads.length).toBeGreaterThan(0);
    for (const line of reads) expect(line).toMatch(/ MR1 [0-9a-f]{16}:[0-9a-f]{12}_NS [0-9a-f]{2}$/);
    const narrow = linesOf(ARMV7, '39990', '40020', '--memory').filter(isAccess);
    for (const line of narrow) expect(line).toMatch(/ M[RW][124] [0-9a-f]{8}:[0-9a-f]{12}_NS [0-9a-f]+$/);
    expect(narrow.length).toBeGreaterThan(0);
    const refused = hypertape(['trace', ARM64, '--from', '0', '--to', '9', '--show', 'calls', '--memory']);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
  });
  test('of a function alone', () => {
    const lines = linesOf(ARM64, '31000', '31040', '--symbol', 'console_put');
    expect(lines.filter((line) => line.includes(' IT '))).toHaveLength(23);
    expect(lines.every((line) => !/00004008(13|14)/.test(line))).toBe(true);
  });
  test('calls with what they took, interrupts among them', () => {
    const lines = linesOf(ARM64, 'symbol:main', 'symbol:main+500', '--show', 'calls');
    expect(lines.slice(0, 7)).toEqual([
      '# tracer: function_graph',
      '#',
      '# CPU  DURATION                  FUNCTION CALLS',
      '# |     |   |                     |   |   |   |',
      ' 0)   0.025 us    |  console_init();',
      ' 0)               |  print() {',
      ' 0)   0.010 us    |    console_put();',
    ]);
    expect(lines).toContain(' 0)   0.346 us    |  }');
    const handler = ([entry, whole]: readonly [string, string]) => [
      ' 0)   ==========> |',
      ' 0)               |  exception() {',
      ` 0)   ${entry} us    |    timer_irq();`,
      ` 0)   ${whole} us    |  }`,
      ' 0)   <========== |',
    ];
    for (const [tape, took] of [
      [ARM64, ['0.021', '0.065']],
      [ARMV7, ['0.030', '0.078']],
    ] as const)
      expect(linesOf(tape, 'irq:27-2000', 'irq:27+3000', '--show', 'calls').slice(4)).toEqual(handler(took));
    expect(
      linesOf(ARM64, 'symbol:main', 'symbol:main+500', '--show', 'calls', '--symbol', 'console_init'),
    ).toHaveLength(5);
  });
  test('a line at each call of a function, with its arguments', () => {
    const lines = linesOf(
      ARM64,
      '0',
      '26120',
      '--probe',
      'console_put c=x0:dec arg1',
      '--probe',
      'print text=arg1:string',
    );
    expect(lines).toEqual([
      '0.000026066: print: text="demo-arm64: EL%lu\\n"',
      '0.000026092: console_put: c=100 arg1=0x64',
      '0.000026109: console_put: c=101 arg1=0x65',
    ]);
    const [first] = linesOf(ARMV7, '0', '60000', '--probe', 'print arg1:string', '--json');
    expect(JSON.parse(first as string)).toMatchObject({
      probe: 'print',
      args: { arg1: expect.stringMatching(/^demo-armv7/) },
    });
  });
  test("a file of one's own", () => {
    const file = join(folder, 'levels.ts');
    writeFileSync(
      file,
      `export default (print: (line: string) => void) => {
        const counts = [0, 0];
        return {
          functions: ['console_put'],
          called: (name: string, at: { icount: number }) => { if (at.icount < 26110) print(name + ' ' + at.icount); },
          after: (at: { el: number }) => { counts[at.el]++; },
          end: () => print('EL0 ' + counts[0] + ', EL1 ' + counts[1]),
        };
      };`,
    );
    expect(linesOf(ARM64, '24296300', '24300000', '--observer', file)).toEqual(['EL0 238, EL1 3462']);
    expect(linesOf(ARM64, '26090', '26110', '--observer', file)).toEqual([
      'console_put 26092',
      'console_put 26109',
      'EL0 0, EL1 20',
    ]);
    const other = join(folder, 'failing.ts');
    writeFileSync(other, `export default { after() { throw new Error('no more') } };`);
    const { status, stderr } = hypertape(['trace', ARM64, '--from', '0', '--to', '9', '--observer', other]);
    expect([status, stderr]).toEqual([2, `hypertape: --observer ${other}: its "after" failed: no more\n`]);
  });
  test('what is none is one line', () => {
    for (const [why, ...args] of [
      ['behind --to', '--from', '20', '--to', '10'],
      ['no function of this name', '--from', '0', '--to', '9', '--probe', 'nothing'],
      ['y9 is no register', '--from', '0', '--to', '9', '--probe', 'print y9'],
      ['show it as', '--from', '0', '--to', '9', '--probe', 'print x0:float'],
      ['no such file', '--from', '0', '--to', '9', '--observer', join(folder, 'none.ts')],
    ] as const) {
      const { status, stderr } = hypertape(['trace', ARM64, ...args]);
      expect([status, stderr.split('\n').length, stderr]).toEqual([2, 2, expect.stringContaining(why)]);
    }
  });
});
