// Debian's boots, with a divergence planted in six ways: each is found to the instruction and its cause. Where it must be found is known
// otherwise: from the event that was changed, by going on in lock step, or by a watch on the bytes that differ.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { inLockStep } from '../../tools/bench/lock-step.ts';
import { hypertape, hypertapeJson } from '../support/cli.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';
import { otherBuild, thisBuild } from '../support/other-build.fixture.ts';

/** A boot, and how far it goes. */
interface Boot {
  readonly guest: string;
  readonly until: number;
  /** Where a register is changed, and what registers are called. */
  readonly middle: number;
  readonly letter: 'x' | 'r';
  /** A text of the kernel, a letter of which is edited. */
  readonly text: string;
  /** An instruction's flag that another build gets wrong. */
  readonly wrong: { readonly file: string; readonly text: string; readonly by: string; readonly instruction: RegExp };
}
const boots: readonly Boot[] = [
  {
    ...{ guest: 'debian-arm64', until: 110_000_000, middle: 60_000_000, letter: 'x', text: 'Booting Linux on' },
    wrong: {
      file: 'src/core/a64/conditional-compare.ts',
      text: '  if (c < 14) ir.setNzcv(ir.select(holds, ir.nzcv(), ir.i32(flags << 28)));',
      by: '  if (c < 14) ir.setNzcv(ir.select(holds, ir.nzcv(), ir.i32((flags ^ 4) << 28)));',
      instruction: /^ccm[pn] /,
    },
  },
  {
    // As far as this it is unpacked: it takes two thousand million counts.
    ...{ guest: 'debian-armv7', until: 30_000_000, middle: 20_000_000, letter: 'r', text: 'Uncompressing Linux' },
    wrong: {
      file: 'src/core/aarch32/data-processing.ts',
      text: '  if (s) ir.setFlagsSub(a, b);\n  return',
      by: '  if (s) ir.setFlagsSub(a, b);\n  if (s) ir.setNzcv(ir.xor(ir.nzcv(), ir.i32(1 << 28)));\n  return',
      instruction: /^(subs|rsbs) /,
    },
  },
];
const folder = mkdtempSync(join(tmpdir(), 'hypertape-partings-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `bisect --json` tells. */
interface Found {
  readonly kind: string;
  readonly icount: number;
  readonly pc: string;
  readonly instruction: string;
  readonly differs: readonly { readonly what: string; readonly a: string; readonly b: string }[];
  readonly cause: object;
}
function bisect(...args: string[]): Found {
  const { status, stdout, stderr } = hypertape(['bisect', ...args, '--json']);
  if (status !== 1) throw new Error(`bisect ${args.join(' ')}: status ${status}\n${stderr}`);
  return JSON.parse(stdout) as Found;
}

/** Where one of two guests first reads a byte that they begin with otherwise, as a watch on its memory tells. */
function firstRead(a: TapeReader, b: TapeReader): number | undefined {
  const [timeline, other] = [new Timeline(a), new Timeline(b)];
  const ram = must(timeline.machine.vm.memory.segments[0], 'RAM');
  const [ofA, ofB] = [timeline, other].map(({ machine }) => new GuestView(machine).physical(ram.ipa, ram.bytes));
  const differing: number[] = [];
  ofA?.forEach((byte, at) => {
    if (byte !== ofB?.[at]) differing.push(ram.ipa + at);
  });
  let first: number | undefined;
  timeline.machine.watch(
    differing.map((pa) => ({ pa, bytes: 1, kind: 'read' })),
    ({ icount }) => {
      first ??= icount;
    },
  );
  for (let at = 0; first === undefined && at < timeline.last; at += 2 ** 20) timeline.session.run(at);
  return first;
}

describe.each(boots)('$guest', ({ guest, until, middle, letter, text, wrong }) => {
  const isArm64 = letter === 'x';
  const path = (name: string): string => join(folder, `${guest}-${name}.tape`);
  function record(name: string, ...options: string[]): TapeReader {
    hypertapeJson(['record', ...options, '-o', path(name), '--console', 'none', '--max-icount', String(until)]);
    return TapeReader.open(path(name));
  }
  let known: TapeReader | undefined;
  function bootOf(context: TestContext): TapeReader {
    fetched(context, guest);
    known ??= record('boot', '--guest', guest);
    return known;
  }
  function fork(boot: TapeReader, name: string, at: number, set: string, counts = 200_000): TapeReader {
    const options = ['--at', `icount:${at}`, '--set', set, '--console', 'none', '--max-icount', String(at + counts)];
    hypertapeJson(['fork', boot.path, ...options, '-o', path(name)]);
    return TapeReader.open(path(name));
  }
  /** The guest there, by `where`. */
  const where = (at: number) => {
    const { stdout } = hypertape(['where', path('boot'), '--at', `icount:${at}`, '--json']);
    return JSON.parse(stdout) as { readonly registers: Readonly<Record<string, string>> };
  };

  it('a bit of a register is flipped', (context) => {
    const boot = bootOf(context);
    const { registers } = where(middle);
    for (let n = 0; ; n++) {
      const name = `${letter}${n}`;
      const value = BigInt(must(registers[name], name)) ^ 4n;
      const other = fork(boot, name, middle, `reg=${name}:0x${value.toString(16)}`);
      const { icount } = inLockStep(boot, other, middle, 200);
      // It is overwritten, or used later.
      if (icount === undefined) continue;
      expect(bisect(boot.path, other.path, '--depth', '4')).toMatchObject({
        ...{ kind: 'instruction', icount, before: [{ what: name }] },
        cause: { kind: 'input', side: 'b' },
      });
      break;
    }
  });

  it('a byte of the kernel is edited', (context) => {
    const boot = bootOf(context);
    const { kernel, initrd, append } = fetched(context, guest);
    const image = readFileSync(kernel);
    const at = image.indexOf(text);
    image[at] = must(image[at], text) ^ 0x20;
    const edited = join(folder, `${guest}-kernel`);
    writeFileSync(edited, image);
    const options = ['--kernel', edited, '--append', append, ...(initrd === undefined ? [] : ['--initrd', initrd])];
    const other = record('image', ...options);
    expect(bisect(boot.path, other.path)).toMatchObject({
      ...{ kind: 'instruction', icount: firstRead(boot, other) },
      cause: { kind: 'image', origin: { a: { kind: 'image' }, b: { kind: 'image' } } },
    });
  });

  it('a build has one wrong flag', (context) => {
    const boot = bootOf(context);
    const build = join(folder, guest);
    const other = otherBuild(build, wrong.file, wrong.text, wrong.by);
    const found = bisect('--versions', thisBuild, other, boot.path);
    expect(found).toMatchObject({
      instruction: expect.stringMatching(wrong.instruction),
      cause: { kind: 'semantics' },
    });
    expect(found.differs).toMatchObject([{ what: isArm64 ? 'pstate' : 'cpsr' }]);
    // Both go from the state before, step by step.
    const asked = [found.icount - 2, found.icount - 1, found.icount, found.icount + 1];
    const places = asked.flatMap((at) => ['--at', `icount:${at}`]);
    const states = ['tools/cli.ts', join(build, 'build/tools/cli.ts')].map((program) =>
      statesOf(program, boot, places),
    );
    expect(asked.filter((_, n) => states[0]?.[n] !== states[1]?.[n])).toEqual([found.icount + 1]);
  });

  // What unpacks the ARMv7 kernel has no devices, interrupts, or use for a seed.
  if (!isArm64) return;
  it('a device answers otherwise', (context) => {
    const boot = bootOf(context);
    const reads = [...boot.events()].filter((event) => event.kind === 'mmio-read');
    const n = Math.floor(reads.length / 2);
    const [before, read] = [must(reads[n - 1], 'a read'), must(reads[n], 'the next')];
    const other = fork(boot, 'device', before.at, `mmio=${read.ordinal}:0x${(read.value ^ 8n).toString(16)}`);
    const found = bisect(boot.path, other.path);
    expect(found).toMatchObject({
      ...{ kind: 'instruction', icount: read.at, pc: `0x${read.pc.toString(16)}` },
      differs: [{ what: `x${read.rt}` }],
      cause: { kind: 'device', side: 'b' },
    });
  });

  it('an interrupt comes a count later', (context) => {
    const boot = bootOf(context);
    // It takes the timer's interrupts: one more is of no use to it.
    const taken = must(
      [...boot.events()].findLast((event) => event.kind === 'irq-ack'),
      'an interrupt',
    );
    const at = taken.at - 1000;
    const [a, b] = [at, at + 1].map((when) => fork(boot, `at-${when}`, when, 'irq=27')) as [TapeReader, TapeReader];
    const { icount } = inLockStep(a, b, at, 2000);
    expect(icount).toBeDefined();
    expect(bisect(a.path, b.path)).toMatchObject({ kind: 'interrupt', icount, cause: { kind: 'interrupt' } });
  });

  it('the seed is another', (context) => {
    const boot = bootOf(context);
    const other = record('seed', '--guest', guest, '--entropy-seed', '2');
    expect(bisect(boot.path, other.path)).toMatchObject({
      ...{ kind: 'instruction', icount: firstRead(boot, other) },
      cause: { kind: 'entropy', origin: { a: { kind: 'image' }, b: { kind: 'image' } } },
    });
  });
});

/** The hash of a guest's whole state at some places, as a build computes it. */
function statesOf(program: string, boot: TapeReader, places: readonly string[]): string[] {
  const { stdout } = hypertape(['where', boot.path, '--json', '--state', ...places], process.execPath, program);
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly state: { readonly hash: string } }).state.hash);
}
