// Where two runs part is what a search step by step finds, whatever it was that made them differ.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/base/prng.ts';
import { type BisectResult, findParting, partingOptions } from '../../src/explain/bisect.ts';
import { effectOf } from '../../src/explain/effect.ts';
import { Pair } from '../../src/explain/pair.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { RunSession } from '../../src/replay/record.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { inLockStep } from '../../tools/bench/lock-step.ts';
import { hypertapeJson } from '../support/cli.fixture.ts';
import { demoConfig, demoImages, recordDemo, testFolder } from '../support/demo.fixture.ts';
import { type Planted, plant } from '../support/fork.fixture.ts';

const tapes = ['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57'] as const;
const golden = (name: string): TapeReader => TapeReader.open(`traces/golden/v3/${name}.tape`);
/** Here the guests print. */
const BUSY_AT = 31_000;

function bisect(a: TapeReader, b: TapeReader): { readonly result: BisectResult; readonly pair: Pair } {
  const options = partingOptions(a, b);
  const pair = new Pair(new Timeline(a), new Timeline(b));
  return { result: findParting(pair, options), pair };
}

describe.each(tapes)('%s', (name) => {
  const wide = name === 'demo-arm64';
  const random = new Prng(BigInt(name.length));

  it('is a flipped register where one step after the other finds it, or nothing where it is never read', () => {
    const parent = golden(name);
    const folder = testFolder();
    let found = 0;
    for (let n = 0; n < 6; n++) {
      const at = BUSY_AT + Number(random.next64() % 400n);
      const timeline = new Timeline(parent);
      timeline.seek(at);
      const register = Number(random.next64() % (wide ? 30n : 8n));
      const value = new GuestView(timeline.machine).general(register) ^ (1n << (random.next64() % 32n));
      const edit = { kind: 'register', name: `${wide ? 'x' : 'r'}${register}`, value } as const;
      const other = plant(parent, join(folder, `${n}.tape`), [[at, edit]], at + 2000);
      const expected = inLockStep(parent, other, at, 300).icount;
      const { result } = bisect(parent, other);
      if (expected === undefined) {
        if (result.kind === 'instruction') expect(result.icount).toBeGreaterThanOrEqual(at + 300);
        continue;
      }
      found++;
      expect([edit, result]).toMatchObject([edit, { kind: 'instruction', icount: expected }]);
      expect(result.kind === 'instruction' && result.since).toMatchObject([{ kind: 'input', at, b: { kind: 'edit' } }]);
    }
    expect(found).toBeGreaterThan(0);
  });

  it('is the read of a device that answers otherwise', () => {
    const parent = golden(name);
    const reads = [...parent.events()].filter(({ kind }) => kind === 'mmio-read');
    const [before, read] = reads.slice(40, 42);
    if (before === undefined || read?.kind !== 'mmio-read') throw new Error('the demo reads its UART');
    const planted: Planted = [[before.at + 1, { kind: 'device-read', value: read.value ^ 8n }]];
    const { result, pair } = bisect(parent, plant(parent, join(testFolder(), 'mmio.tape'), planted, read.at + 1000));
    expect(result).toMatchObject({ kind: 'instruction', icount: read.at });
    expect(pair.a.view.pc).toBe(read.pc);
    if (result.kind !== 'instruction') return;
    const { registers } = effectOf(pair, result);
    expect(registers).toEqual([{ what: `${wide ? 'x' : 'r'}${read.rt}`, a: read.value, b: read.value ^ 8n }]);
  });

  it('is an interrupt that comes a count later', () => {
    const parent = golden(name);
    const folder = testFolder();
    // The UART's interrupt is of no use to the guest here, but it takes it where it may.
    const taken = [...parent.events()].find(({ kind, at }) => kind === 'irq-ack' && at > BUSY_AT);
    if (taken === undefined) throw new Error('the demo takes interrupts');
    const at = taken.at - 20;
    const edit = { kind: 'interrupt', intid: 27 } as const;
    const [one, other] = [at, at + 1].map((when) =>
      plant(parent, join(folder, `${when}.tape`), [[when, edit]], at + 3000),
    ) as [TapeReader, TapeReader];
    const { result } = bisect(one, other);
    const expected = inLockStep(one, other, at, 2000).icount;
    expect(result.kind === 'same' ? undefined : 'icount' in result && result.icount).toBe(expected);
  });
});

it('a guest that has written to its disk: its pages are no memory', () => {
  const folder = testFolder();
  const [disk, path] = [join(folder, 'disk.raw'), join(folder, 'a.tape')];
  writeFileSync(disk, new Prng(1n).bytes(999 * 512));
  const guest = ['--kernel', 'test/guests/virtio/virtio-arm64.elf', '--memory', '32M', '--disk', disk];
  expect(hypertapeJson(['record', ...guest, '-o', path, '--console', 'none']).outcome).toBe('poweroff');
  const parent = TapeReader.open(path);
  const at = (parent.icounts?.last ?? 0) - 5000;
  const edit = { kind: 'register', name: 'x0', value: 5n } as const;
  const other = plant(parent, join(folder, 'b.tape'), [[at, edit]], at + 1000);
  const { icount } = inLockStep(parent, other, at, 200);
  expect(icount).toBeDefined();
  expect(bisect(parent, other).result).toMatchObject({ kind: 'instruction', icount, since: [{ kind: 'input', at }] });
});

describe('images', () => {
  /** The demo with a bit of one byte flipped. */
  function edited(folder: string, at: number): MachineImages {
    const bytes = Buffer.from(demoImages().first.bytes);
    bytes[at] = (bytes[at] as number) ^ 1;
    const path = join(folder, 'edited.elf');
    writeFileSync(path, bytes);
    return MachineImages.read({ kernel: path });
  }

  /** Such a guest may never end. */
  function record(path: string, images: MachineImages, until: number): void {
    const tape = { path, level: 'exits', producer: 'hypertape test' } as const;
    const session = new RunSession({ config: demoConfig, images, consoleOut: () => {}, tape });
    session.run(until);
    session.finish('limit', 'as far as this');
  }

  it('an edited byte of a text is found where it is read, of code where it is executed', () => {
    const folder = testFolder();
    const { bytes } = demoImages().first;
    recordDemo({ path: join(folder, 'a.tape') });
    const whole = TapeReader.open(join(folder, 'a.tape'));
    const read = [...whole.events()].find(({ kind }) => kind === 'mmio-read');
    if (read?.kind !== 'mmio-read') throw new Error('the demo reads its UART');
    const timeline = new Timeline(whole);
    timeline.seek(read.at);
    // The instruction before makes the address.
    const code = Buffer.from(bytes).indexOf(new GuestView(timeline.machine).virtual(read.pc - 4n, 16));
    for (const at of [Buffer.from(bytes).indexOf('demo> '), code]) {
      const path = join(folder, `${at}.tape`);
      record(path, edited(folder, at), at === code ? 2 * read.at : 30_000_000);
      const { result, pair } = bisect(whole, TapeReader.open(path));
      if (result.kind !== 'instruction') throw new Error(`at ${at}: ${result.kind}`);
      expect(result.since).toEqual([{ kind: 'begin', at: 0 }]);
      const ranges = [...pair.rangesOf(result.known)];
      expect(ranges).toMatchObject([{ bytes: 1 }]);
      expect(effectOf(pair, result).a.reads).toEqual(ranges);
      if (at === code) expect(result.icount).toBe(read.at - 1);
    }
  });

  it('another seed, which the demo never reads, has no effect', () => {
    const folder = testFolder();
    recordDemo({ path: join(folder, 'a.tape') });
    recordDemo({ path: join(folder, 'b.tape'), config: { entropySeed: 2n } });
    const [a, b] = ['a', 'b'].map((name) => TapeReader.open(join(folder, `${name}.tape`))) as [TapeReader, TapeReader];
    expect(bisect(a, b).result).toMatchObject({ kind: 'same', since: [{ kind: 'begin' }] });
    const { result, pair } = bisect(a, a);
    expect(result).toEqual({ kind: 'same', upTo: pair.a.timeline.last, since: [] });
    expect(pair.ran).toBe(0);
  });
});
