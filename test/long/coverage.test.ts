// Coverage by lines of source, as binutils and lcov tell them, of a guest built with debugging information.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

const GUESTS = fileURLToPath(new URL('../../tools/guests', import.meta.url));

const COUNT = '60000';

/** What a program prints. */
function said(command: string, args: readonly string[], input = '', cwd?: string): string {
  const options = { encoding: 'utf8', input, cwd, maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? `status ${status}`}\n${stdout}\n${stderr}`);
  return stdout;
}

/** The demo guest with DWARF of a version, its sections packed or not, and a tape of it. */
function recorded(cross: string, name: string, debug: string) {
  const folder = testFolder();
  cpSync(GUESTS, folder, { recursive: true });
  const make = join(folder, name, 'Makefile');
  writeFileSync(
    make,
    readFileSync(make, 'utf8')
      .replace(/^FLAGS := /m, `FLAGS := ${debug} `)
      .replace(/^.*strip --strip-debug.*$/m, ''),
  );
  said('make', ['-s', '-C', join(folder, name), `WORK=${join(folder, 'build')}`, `OUT=${join(folder, 'demo.elf')}`]);
  const elf = join(folder, 'demo.elf');
  expect(said(`${cross}readelf`, ['-SW', elf])).toContain('.debug_line');
  const tape = join(folder, 'demo.tape');
  hypertapeJson(['record', '--kernel', elf, '-o', tape, '--console', 'none', '--memory', '32M']);
  // Before DWARF 5 line tables name files as seen from where they were compiled.
  return { folder, elf, tape, source: join(folder, name) };
}

/** The tape's addresses and how often each was executed, by "trace". */
function executed(tape: string): Map<string, number> {
  const counts = new Map<string, number>();
  const text = hypertape(['trace', tape, '--from', '0', '--to', COUNT]).stdout;
  for (const [, pc = ''] of text.matchAll(/ IT \([0-9]+\) 0*([0-9a-f]+):/g)) counts.set(pc, (counts.get(pc) ?? 0) + 1);
  return counts;
}

/** Lines of addresses, as binutils tell them. */
function addr2line(cross: string, elf: string, source: string, addresses: readonly string[]): string[] {
  return said(`${cross}addr2line`, ['-e', elf], addresses.join('\n'))
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ \(discriminator \d+\)$/, ''))
    .map((place) => (place.includes('?') ? '' : resolve(source, place)));
}

describe.each([
  ['aarch64-linux-gnu-', 'demo-arm64', '-g -gdwarf-5'],
  ['aarch64-linux-gnu-', 'demo-arm64', '-g -gdwarf-4 -gz=zlib'],
  ['arm-linux-gnueabihf-', 'demo-armv7', '-g -gdwarf-5'],
])('%s %s %s', (cross, name, debug) => {
  test('lines that were executed are those of the addresses that "trace" shows; lcov and genhtml read them', () => {
    const { folder, elf, tape, source } = recorded(cross, name, debug);
    const info = join(folder, 'demo.info');
    hypertapeJson(['export', tape, '--to', 'lcov', '-o', info, '--from', '0', '--until', COUNT]);
    const files = readFileSync(info, 'utf8').split('end_of_record\n');
    const hit = new Set<string>();
    for (const text of files) {
      const file = /^SF:(.*)$/m.exec(text)?.[1];
      for (const [, line, times] of text.matchAll(/^DA:(\d+),(\d+)$/gm))
        if (Number(times) > 0) hit.add(`${resolve(source, file ?? '')}:${line}`);
    }
    const pcs = [...executed(tape).keys()].map((pc) => `0x${pc}`);
    const wanted = new Set(addr2line(cross, elf, source, pcs).filter((place) => place !== ''));
    expect(wanted.size).toBeGreaterThan(80);
    // addr2line gives one line of an address; several may begin there, at which nothing but their declaration is.
    for (const place of wanted) expect(hit).toContain(place);
    const extra = [...hit].filter((place) => !wanted.has(place));
    expect(extra.length).toBeLessThan(hit.size / 2);

    const summary = said('lcov', ['--summary', info]);
    expect(summary).toMatch(new RegExp(`lines\\.+: [0-9.]+% \\(${hit.size} of \\d+ lines\\)`));
    const html = join(folder, 'html');
    said('genhtml', ['--quiet', '-o', html, info], '', source);
    expect(readFileSync(join(html, 'index.html'), 'utf8')).toContain('LCOV');
  });

  test('"where" and "profile --by pc" tell the lines that binutils tell', () => {
    const { elf, tape, source } = recorded(cross, name, debug);
    const places = ['symbol:main', 'symbol:console_put', 'icount:20000', 'exit:DABT_LOW#20'].flatMap((at) => [
      '--at',
      at,
    ]);
    const lines = hypertape(['where', tape, ...places, '--json'])
      .stdout.trimEnd()
      .split('\n');
    const frames = lines.flatMap((line) => {
      const { stack } = JSON.parse(line) as { stack: { pc: string; file?: string; line?: number }[] };
      // The line of a call, which lies before the address that it returns to.
      return stack.map((frame, n) => ({ ...frame, pc: BigInt(frame.pc) - (n === 0 ? 0n : 1n) }));
    });
    const found = frames.map(({ file, line }) => (file === undefined ? '' : `${resolve(source, file)}:${line}`));
    expect(found.filter((place) => place !== '').length).toBeGreaterThan(3);
    const pcs = frames.map(({ pc }) => `0x${pc.toString(16)}`);
    expect(found).toEqual(addr2line(cross, elf, source, pcs));

    const { rows } = hypertapeJson(['profile', tape, '--by', 'pc', '--limit', '0']) as unknown as {
      rows: { key: string }[];
    };
    const keys = rows.map(({ key }) => /^(0x\w+)(?: \S+)?(?: (\S+):(\d+))?$/.exec(key) ?? []);
    const told = keys.map(([, , file, line]) => (file === undefined ? '' : `${resolve(source, file)}:${line}`));
    expect(told).toEqual(
      addr2line(
        cross,
        elf,
        source,
        keys.map(([, pc = '']) => pc),
      ),
    );
  });
});
