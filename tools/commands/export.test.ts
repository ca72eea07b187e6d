import { readFileSync } from 'node:fs';
import { zstdDecompressSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { readPerfetto } from '../exporting/perfetto.fixture.ts';
import { hypertape, jsonOf, throughShell, WorkFolder } from '../session/command-line.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const tape = work.file('demo.tape');
hypertape(['record', '--guest', 'demo-arm64', '-o', tape, '--console', 'none']);
const listed = hypertape(['events', tape, '--json']).stdout;

interface Listed {
  readonly event: string;
  readonly at: number;
  readonly class?: string;
  readonly pc?: string;
  readonly esr?: string;
  readonly ipa?: string;
  readonly value?: string;
}
const events = listed
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Listed);
const of = (...names: string[]): Listed[] => events.filter(({ event }) => names.includes(event));

/** Exports the tape, and gives the file. */
function exported(to: string, ...more: string[]): Buffer {
  const path = work.file(`out-${to}-${more.length}`);
  const finished = hypertape(['export', tape, '--to', to, '-o', path, '--force', '--json', ...more]);
  expect(finished.stderr).toBe('');
  const data = readFileSync(path);
  expect(jsonOf(finished)).toMatchObject({ output: path, to, bytes: data.length });
  const counted = jsonOf(finished).events;
  if (more.length === 0 && counted !== undefined) expect(counted).toBe(events.length);
  return data;
}

test('JSON Lines are those of "events --json"', () => {
  expect(exported('jsonl').toString()).toBe(listed);
  const stretch = ['--from', 'event:10', '--until', 'exit:WFx'];
  const [from, , to] = ['--from', '', '--to'];
  expect(exported('jsonl', ...stretch).toString()).toBe(
    hypertape(['events', tape, '--json', from as string, 'event:10', to as string, 'exit:WFx']).stdout,
  );
});

describe('Perfetto', () => {
  const packets = readPerfetto(exported('perfetto'));
  const tracks = new Map(packets.flatMap(({ track }) => (track ? [[track.uuid, track] as const] : [])));
  const told = packets.flatMap(({ event, timestamp }) => (event ? [{ ...event, at: timestamp }] : []));
  const nameOf = (uuid: number): string => tracks.get(uuid)?.thread ?? tracks.get(uuid)?.name ?? '';

  test('has a process, a thread a vCPU, and no event on a track that was not described before', () => {
    expect([...tracks.values()].filter(({ process }) => process).map(({ process }) => process)).toEqual(['demo.tape']);
    expect([...tracks.values()].filter(({ thread }) => thread).map(({ thread }) => thread)).toEqual(['vCPU 0']);
    const known = new Set<number>();
    for (const { track, event } of packets) {
      if (track) known.add(track.uuid);
      if (event) expect(known.has(event.track)).toBe(true);
    }
    expect(packets.map(({ flags }) => flags)).toEqual([1, ...packets.slice(1).map(() => 2)]);
  });

  test('has a slice for each exit, named by class and function, with what it was about', () => {
    const exits = told.filter(({ category }) => category === 'exit');
    const wanted = of('vm-exit');
    expect(exits.map(({ at, name }) => [at, name?.split(' ')[0]])).toEqual(wanted.map((e) => [e.at, e.class]));
    expect(exits.map((e) => e.arguments.pc)).toEqual(wanted.map((e) => BigInt(e.pc ?? 0)));
    expect(exits.map((e) => e.arguments.esr)).toEqual(wanted.map((e) => BigInt(e.esr ?? 0)));
    const uart = exits.find((e) => e.arguments.register === 'UARTDR');
    expect(uart?.arguments).toMatchObject({
      device: 'pl011',
      access: 'write',
      ipa: 0x900_0000n,
      size: expect.any(Number),
    });
  });

  test('the guest runs between exits: on each track what begins ends, in order', () => {
    const open = new Map<number, number>();
    let last = 0;
    for (const { type, track, at } of told) {
      if (nameOf(track) === 'vCPU 0') {
        expect(at).toBeGreaterThanOrEqual(last);
        last = at;
      }
      const depth = (open.get(track) ?? 0) + (type === 1 ? 1 : type === 2 ? -1 : 0);
      expect(depth === 0 || depth === 1).toBe(true);
      open.set(track, depth);
    }
    for (const [track, depth] of open) if (nameOf(track) === 'vCPU 0') expect(depth).toBe(0);
  });

  test('an interrupt flows from its line by the list register to its end', () => {
    for (const { event, at } of of('irq-eoi')) {
      const end = told.find((e) => e.name === 'EOI' && e.at === at);
      expect([event, end?.ends.length]).toEqual(['irq-eoi', 1]);
      const way = told.filter(({ flows }) => flows.includes(end?.ends[0] ?? 0)).map(({ name }) => name);
      expect(way).toEqual(expect.arrayContaining(['in list register', 'active']));
    }
    expect(told.filter(({ name }) => name === 'active')).toHaveLength(of('irq-ack').length);
    expect(of('irq-ack').length).toBeGreaterThan(0);
  });

  test('counts exits in windows, and tells lines of the console', () => {
    const rates = told.filter(({ track, type }) => type === 4 && nameOf(track).startsWith('exits/s'));
    expect(rates.reduce((sum, { value }) => sum + (value ?? 0) / 100, 0)).toBe(of('vm-exit').length);
    const console = of('console-out').map((e) => (e as unknown as { bytes: string }).bytes);
    const text = Buffer.from(console.join(''), 'hex').toString();
    const lines = told.filter(({ category }) => category === 'console').map(({ name }) => name);
    expect(lines).toEqual(text.split(/\r?\n/).filter((line) => line !== ''));
  });
});

test('ftrace has a line for each exit, with what KVM would have told of it', () => {
  const lines = exported('ftrace').toString().trimEnd().split('\n');
  const named = (name: string): string[] => lines.filter((line) => line.includes(`: ${name}: `));
  expect(
    named('kvm_exit')
      .map((line) => /PC: (0x[0-9a-f]+)/.exec(line)?.[1])
      .map(BigInt as never),
  ).toEqual(of('vm-exit').map(({ pc }) => BigInt(pc ?? 0)));
  expect(named('kvm_entry').length).toBeGreaterThanOrEqual(of('vm-exit').length - 1);
  expect(named('kvm_mmio')).toHaveLength(of('mmio-read', 'mmio-write').length);
  expect(named('kvm_guest_fault')).toHaveLength(
    of('vm-exit').filter((e) => e.class === 'DABT_LOW' || e.class === 'IABT_LOW').length,
  );
  for (const line of lines.slice(4))
    expect(line).toMatch(/^ +CPU 0\/KVM-1000 \[000\] \.{5} [0-9]+\.[0-9]{9}: (kvm|vgic)_\w+: /);
  // The call by which the guest ends comes before the host's program is told.
  expect(lines.slice(-2).map((line) => line.replace(/^.*[0-9]: (\w+): (.*)$/, '$1 $2'))).toEqual([
    expect.stringMatching(/^kvm_hvc_arm64 HVC at .* \(r0: 0x0000000084000008, imm: 0x0\)$/),
    'kvm_userspace_exit reason KVM_EXIT_SYSTEM_EVENT (24)',
  ]);
  const times = lines.slice(4).map((line) => Number(/ ([0-9.]+): /.exec(line)?.[1]));
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('a value change dump has each change of an interrupt once, in the order of time', () => {
  const text = exported('vcd').toString();
  const [head = '', body = ''] = text.split('$end\n#0\n');
  const signals = new Map(
    [...head.matchAll(/\$var wire \d+ (\S+) (\S+) \$end/g)].map(([, code, name]) => [name, code]),
  );
  expect(head).toContain('$timescale 1 ns $end');
  const times = [...body.matchAll(/^#(\d+)$/gm)].map(([, at]) => Number(at));
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  for (const intid of new Set(of('irq-ack').map((e) => (e as unknown as { intid: number }).intid))) {
    const acks = of('irq-ack').filter((e) => (e as unknown as { intid: number }).intid === intid);
    const code = (signals.get(`intid${intid}_active`) ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    expect(body.match(new RegExp(`^1${code}$`, 'gm'))).toHaveLength(acks.length);
  }
});

test('stacks weigh as many exits as there are', () => {
  const lines = exported('collapsed').toString().trimEnd().split('\n');
  const sum = lines.reduce((total, line) => total + Number(/ (\d+)$/.exec(line)?.[1]), 0);
  expect(sum).toBe(of('vm-exit').length);
  expect(lines.find((line) => line.includes('DABT_LOW;pl011 UARTDR'))).toBeDefined();
  const { profiles } = JSON.parse(exported('speedscope').toString()) as { profiles: { endValue: number }[] };
  expect(profiles[0]?.endValue).toBe(sum);
  expect(exported('pprof').subarray(0, 2)).toEqual(Buffer.of(0x1f, 0x8b));
});

test('Parquet holds a row an exit', async () => {
  const data = exported('parquet');
  const file = new Uint8Array(data).buffer;
  const rows = await parquetReadObjects({
    file,
    compressors: { ZSTD: (bytes) => new Uint8Array(zstdDecompressSync(bytes)) },
  });
  expect(rows.map(({ icount, class: name }) => [Number(icount), name])).toEqual(
    of('vm-exit').map((e) => [e.at, e.class]),
  );
  expect(exported('parquet', '--table', 'mmio').subarray(0, 4).toString()).toBe('PAR1');
});

test('drcov covers the instructions that "trace" shows, and no others', () => {
  const data = exported('drcov', '--from', '0', '--until', '30000');
  const [head = ''] = data.toString('latin1').split(/(?<= bbs\n)/);
  const table = data.subarray(head.length);
  const bases = [...head.matchAll(/^[0-9]+, (0x[0-9a-f]+), /gm)].map(([, base]) => Number(base));
  expect(head).toContain(`BB Table: ${table.length / 8} bbs`);
  const covered = new Set<string>();
  for (let at = 0; at < table.length; at += 8) {
    const from = (bases[table.readUInt16LE(at + 6)] ?? 0) + table.readUInt32LE(at);
    for (let pc = from; pc < from + table.readUInt16LE(at + 4); pc += 4) covered.add(pc.toString(16));
  }
  const traced = hypertape(['trace', tape, '--from', '0', '--to', '30000']).stdout;
  const executed = [...traced.matchAll(/ IT \([0-9]+\) 0*([0-9a-f]+):/g)].map(([, pc = '']) => pc);
  // Those that trap stand there twice.
  expect(executed.length).toBeGreaterThanOrEqual(30_000);
  expect([...covered].sort()).toEqual([...new Set(executed)].sort());
});

test('Tarmac is what "trace" prints of the stretch', () => {
  const text = exported('tarmac', '--from', '100', '--until', '120').toString();
  expect(text).toBe(hypertape(['trace', tape, '--from', '100', '--to', '120']).stdout);
  expect(text.match(/ IT /g)).toHaveLength(20);
  const [from, until] = ['30700', '30760'];
  expect(exported('tarmac', '--from', from, '--until', until, '--memory').toString()).toBe(
    hypertape(['trace', tape, '--from', from, '--to', until, '--memory']).stdout,
  );
});

test('goes to a pipe as it comes, and stops where its reader does', () => {
  const script = '"$@" | head -n 3';
  const { stdout, stderr } = throughShell(script, ['export', tape, '--to', 'jsonl', '-o', '/dev/stdout', '--json']);
  expect(stdout.split('\n')).toEqual([...listed.split('\n').slice(0, 3), '']);
  expect(stderr).toBe('');
});

test('refuses in one line what it cannot do', () => {
  const refused = (...args: string[]): string => {
    const { status, stdout, stderr } = hypertape(['export', ...args]);
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    return stderr;
  };
  const there = work.write('there', Buffer.from('x'));
  expect(refused(tape, '--to', 'perfeto', '-o', work.file('no'))).toContain('did you mean perfetto?');
  expect(refused(tape, '--to', 'event:1', '-o', work.file('no'))).toContain('--until');
  expect(refused(tape, '--to', 'jsonl', '-o', there)).toContain('--force');
  expect(refused(tape, '--to', 'jsonl', '-o', tape, '--force')).toContain('the tape');
  expect(refused(tape, '--to', 'tarmac', '-o', work.file('no'))).toContain('--from and --until');
  expect(refused(tape, '--to', 'parquet', '--table', 'exit', '-o', work.file('no'))).toContain('did you mean exits?');
  expect(refused(tape, '--to', 'jsonl', '--memory', '-o', work.file('no'))).toContain('--to tarmac');
  expect(refused(tape, '--to', 'lcov', '--until', '100', '-o', work.file('no'))).toContain(
    'with an ELF that has DWARF',
  );
  const script = work.write('script', '#!/bin/sh\n');
  expect(refused(tape, '--to', 'drcov', '--program', script, '-o', work.file('no'))).toContain('no little-endian ELF');
  expect(refused(tape, '--to', 'drcov', '--program', work.file('none'), '-o', work.file('no'))).toContain('none');
  expect(refused(tape, '--to', 'pcap', '-o', work.file('no'))).toContain('no network traffic');
  expect(refused(tape, '--to', 'jsonl', '--until', 'icount:9e15', '-o', work.file('no'))).toContain('not on the tape');
});
