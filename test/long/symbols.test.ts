// Names of functions in Debian's kernels, which carry their symbols themselves: arm64 moved by KASLR, ARMv7 in a packed zImage.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

interface Kernel {
  readonly guest: string;
  /** Where its code is executed with the MMU on. */
  readonly addresses: RegExp;
}
const kernels: readonly Kernel[] = [
  { guest: 'debian-arm64-cloud', addresses: /^0xffff[0-9a-f]{12}$/ },
  { guest: 'debian-armv7', addresses: /^0xc[0-9a-f]{7}$/ },
];
const UART = { from: 0x900_0000n, to: 0x900_0fffn } as const;

interface Listed {
  readonly at: number;
  readonly event: string;
  readonly pc: string;
  readonly ipa: string;
  readonly symbol?: string;
}
function list(...args: readonly string[]): Listed[] {
  const { status, stdout, stderr } = hypertape(['events', ...args, '--json']);
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Listed);
}

describe.each(kernels)('$guest', ({ guest, addresses }) => {
  it('stops at start_kernel, and finds what the console driver writes', (context) => {
    fetched(context, guest);
    const tape = join(testFolder(), 'boot.tape');
    const until = ['--until', 'Kernel command line', '--console', `file:${tape}.console`];
    hypertapeJson(['record', '--guest', guest, '-o', tape, ...until]);

    const replay = (place: string) => hypertapeJson(['replay', tape, '--console', 'none', '--until', place]);
    const { icount, pc, symbol } = replay('symbol:start_kernel');
    expect([pc, symbol]).toEqual([expect.stringMatching(addresses), 'start_kernel']);
    expect(replay(`icount:${icount}`)).toMatchObject({ icount, pc, symbol });
    // The kernel's first line is from start_kernel's first steps.
    expect(icount).toBeLessThan(list(tape, '--class', 'console-out', '--limit', '1')[0]?.at ?? 0);

    const writes = list(tape, '--symbol', 'pl011_console_putchar', '--class', 'mmio-write', '--limit', '100');
    expect(writes).toHaveLength(100);
    for (const { symbol: name, pc: at, ipa } of writes) {
      expect(name).toMatch(/^pl011_console_putchar\+0x/);
      expect(at).toMatch(addresses);
      expect(BigInt(ipa)).toBeGreaterThanOrEqual(UART.from);
      expect(BigInt(ipa)).toBeLessThanOrEqual(UART.to);
    }
    expect(replay('symbol:pl011_console_putchar')).toMatchObject({ symbol: 'pl011_console_putchar' });
  });
});
