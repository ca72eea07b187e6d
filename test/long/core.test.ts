// Cores of guests as the debuggers of the field read them: gdb-multiarch and drgn.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

/** What a debugger prints. */
function said(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? `status ${status}`}\n${stdout}\n${stderr}`);
  return stdout;
}
const gdb = (architecture: string, core: string, ...commands: readonly string[]): string =>
  said('gdb-multiarch', [
    ...['-nx', '-batch', '-ex', `set architecture ${architecture}`, '-ex', `core ${core}`],
    ...commands.flatMap((c) => ['-ex', c]),
  ]);
/** Debian's python3-drgn belongs to the system's own Python. */
const drgn = (core: string, program: string): unknown =>
  JSON.parse(said('/usr/bin/python3', ['-c', `${DRGN}\n${program}`, core]));
const DRGN = `
import drgn, json, sys
p = drgn.Program()
p.set_core_dump(sys.argv[1])
`;

interface Where {
  readonly pc: string;
  readonly encoding: string;
  readonly registers: Readonly<Record<string, string>>;
}
const whereAt = (tape: string, at: string): Where =>
  JSON.parse(hypertape(['where', tape, '--at', at, '--json']).stdout) as Where;

test.each([
  ['arm64', 'aarch64', 'x0', '0x41800000'],
  ['armv7', 'arm', 'r0', '0xc1800000'],
] as const)('gdb reads the demo guest of %s', (arch, architecture, first, zero) => {
  const folder = testFolder();
  const [tape, core] = [join(folder, 'demo.tape'), join(folder, 'core')];
  hypertapeJson(['record', '--guest', `demo-${arch}`, '-o', tape]);
  hypertapeJson(['core', tape, '--at', 'symbol:main+200', '-o', core]);
  const { pc, registers } = whereAt(tape, 'symbol:main+200');
  const code = hypertapeJson(['mem', tape, 'va:0x40080000', '8', '--at', 'symbol:main+200']).hex as string;
  const out = gdb(architecture, core, `p/x $${first}`, 'p/x $sp', 'p/x $pc', 'x/8xb 0x40080000', `x/4xb ${zero}`);
  const values = [...out.matchAll(/= (0x[0-9a-f]+)/g)].map(([, value]) => value);
  expect(values.slice(-3)).toEqual([registers[first], registers.sp, pc]);
  const bytes = [...out.matchAll(/^0x40080000[^:]*:(.*)$/gm)].map(([, row = '']) => row.replace(/\s|0x/g, ''));
  expect(bytes).toEqual([code]);
  // Zero memory, which is not in the file.
  expect(out).toContain(`${zero}:\t0x00\t0x00\t0x00\t0x00\n`);
});

describe.each([
  ['debian-arm64-cloud', 'aarch64', 'AARCH64'],
  ['debian-armv7', 'arm', 'ARM'],
] as const)('%s', (guest, architecture, platform) => {
  it('is read by gdb and drgn', (context) => {
    fetched(context, guest);
    const folder = testFolder();
    const [tape, core] = [join(folder, 'debian.tape'), join(folder, 'core')];
    hypertapeJson([
      'record',
      '--guest',
      guest,
      '-o',
      tape,
      '--until',
      'Run /init',
      '--console',
      `file:${tape}.console`,
    ]);
    expect(hypertapeJson(['core', tape, '--at', 'end', '-o', core])).toMatchObject({ vmcoreinfo: true, whole: true });
    // Zero memory and double mappings are not in the file.
    expect(statSync(core).size).toBeLessThan(200 * 2 ** 20);
    const { pc, registers, encoding } = whereAt(tape, 'end');
    const out = gdb(architecture, core, 'p/x $sp', 'p/x $pc', 'x/xw $pc');
    const values = [...out.matchAll(/= (0x[0-9a-f]+)/g)].map(([, value]) => value);
    expect(values.slice(-2)).toEqual([registers.sp, pc]);
    expect(out).toContain(`\t${encoding}`);
    // What the kernel says its name is, by virtual and by physical address.
    const found = drgn(
      core,
      `
info = open(sys.argv[1], 'rb').read(1 << 20)
at = info.index(b'OSRELEASE=')
facts = dict(line.split('=', 1) for line in info[at:at + 8192].split(b'\\0')[0].decode().splitlines() if '=' in line)
uts = int(facts['SYMBOL(init_uts_ns)'], 16)
text = p.read(uts, 400)
print(json.dumps({
    'kernel': bool(p.flags & drgn.ProgramFlags.IS_LINUX_KERNEL),
    'platform': p.platform.arch.name,
    'release': facts['OSRELEASE'],
    'named': facts['OSRELEASE'].encode() in text and b'Linux' in text,
}))
`,
    );
    expect(found).toMatchObject({ kernel: true, platform, named: true });
  });
});
