// What "export" writes, as the tools that it is written for read it: trace-cmd, protoc, GTKWave's converters, Go's pprof.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';

/** What a program prints. */
function said(command: string, args: readonly string[], input: string | Buffer = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input, maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? `status ${status}`}\n${stdout}\n${stderr}`);
  return stdout;
}

function recorded() {
  const folder = testFolder();
  const tape = join(folder, 'demo.tape');
  hypertapeJson(['record', '--guest', 'demo-arm64', '-o', tape, '--console', 'none']);
  const exported = (to: string): string => {
    const path = join(folder, `out.${to}`);
    hypertapeJson(['export', tape, '--to', to, '-o', path]);
    return path;
  };
  const exits = hypertape(['events', tape, '--json', '--class', 'vm-exit']).stdout.trimEnd().split('\n');
  return { folder, tape, exported, exits };
}

/** Without columns that one of both has, and the widths of blanks. */
const plain = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(' ..... ', ' ').replace(/\s+/g, ' '));

test('trace-cmd reports of a trace.dat what ftrace would have printed', () => {
  const { folder, exported } = recorded();
  const dat = exported('tracedat');
  const [head, ...lines] = plain(said('trace-cmd', ['report', '-N', '-t', '-i', dat]));
  expect(head).toBe('cpus=1');
  expect(lines).toEqual(plain(readFileSync(exported('ftrace'), 'utf8')).slice(4));
  // Its own version 7, packed, comes back the same.
  const seven = join(folder, 'seven.dat');
  said('trace-cmd', ['convert', '--file-version', '7', '--compression', 'zstd', '-i', dat, '-o', seven]);
  const text = join(folder, 'report.txt');
  said('sh', ['-c', `trace-cmd report -t -i ${dat} > ${text}`]);
  const tapes = [dat, seven, text].map((path, i) => {
    const tape = join(folder, `${i}.tape`);
    expect(hypertapeJson(['import', path, '-o', tape])).toMatchObject({ imported: 'trace-cmd', unknown: { lines: 0 } });
    return hypertape(['events', tape, '--json']).stdout.replace(/of a real host: \S+/g, '');
  });
  expect(tapes[1]).toBe(tapes[0]);
  expect(tapes[2]).toBe(tapes[0]);
});

test('protoc takes the whole of a Perfetto trace for packets', () => {
  const { exported, exits } = recorded();
  const text = said('protoc', ['--decode_raw'], readFileSync(exported('perfetto')));
  expect(text.match(/^1 \{$/gm)?.length).toBeGreaterThan(2 * exits.length);
  // No field but those of the schema that are meant: of a trace, and of its packets.
  expect(new Set(text.match(/^\S+/gm))).toEqual(new Set(['1', '}']));
  const ofPackets = new Set((text.match(/^ {2}[0-9]+/gm) ?? []).map(Number));
  expect([...ofPackets].sort((a, b) => a - b)).toEqual([8, 10, 11, 12, 13, 60]);
});

test("GTKWave's converters give the same changes back", () => {
  const { folder, exported } = recorded();
  const path = exported('vcd');
  const fst = join(folder, 'out.fst');
  said('vcd2fst', [path, fst]);
  const changes = (text: string): string[] => text.match(/^(#\d+|[01]\S|b[01]+ \S)$/gm) ?? [];
  const before = changes(readFileSync(path, 'utf8'));
  const after = changes(said('fst2vcd', [fst]));
  expect(after.filter((line) => line.startsWith('#'))).toEqual(before.filter((line) => line.startsWith('#')));
  expect(after.filter((line) => !line.startsWith('#')).length).toBe(
    before.filter((line) => !line.startsWith('#')).length,
  );
});

test('go tool pprof counts the exits', () => {
  const { exported, exits } = recorded();
  const text = said('go', ['tool', 'pprof', '-top', '-sample_index=exits', exported('pprof')]);
  expect(text).toMatch(new RegExp(`of ${exits.length} total`));
});
