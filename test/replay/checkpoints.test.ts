// Checkpoints are caches: what is recorded is the same with them and without, and from each the run goes on as it did.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { must } from '../../src/base/assert.ts';
import { decodeConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { MemoryImage, PageState } from '../../src/machine/memory-image.ts';
import { imagesOfTape } from '../../src/replay/tape-images.ts';
import { isCache } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { type Level, lineOf } from '../../src/trace/events/index.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { demoConfig, EventLines, recordDemo, testFolder } from '../support/demo.fixture.ts';

const every = { instructions: 400_000 };
const kinds = [
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'armv7', gicVersion: 2 },
] as const;

describe.each(kinds)('of a $arch guest', (kind) => {
  const folder = (() => {
    const images = MachineImages.read({ kernel: guestFiles(`demo-${kind.arch}`).kernel });
    return { images, config: { ...demoConfig, ...kind } };
  })();

  it('are the same bytes wherever the run is cut, and change no other frame', () => {
    const at = testFolder();
    const record = (name: string, options: { piece?: number; checkpoints?: typeof every; level?: Level }) => {
      const path = join(at, name);
      recordDemo({ path, ...folder, ...options });
      return readFileSync(path);
    };
    const whole = record('whole', { checkpoints: every });
    for (const piece of [7001, 100_000, 99_999_999])
      expect(record(`pieces-${piece}`, { checkpoints: every, piece }).equals(whole), `pieces of ${piece}`).toBe(true);
    record('without', {});
    const others = (name: string): string[] => {
      const reader = TapeReader.open(join(at, name));
      const payloads = reader.frames().filter((entry) => !isCache(entry.kind));
      const texts = payloads.map((entry) => Buffer.from(reader.payload(entry)).toString('base64'));
      reader.close();
      return texts;
    };
    expect(others('whole')).toEqual(others('without'));
    record('inputs', { checkpoints: every, level: 'inputs' });
    const [exits, inputs] = ['whole', 'inputs'].map((name) => TapeReader.open(join(at, name)));
    const icounts = (reader: TapeReader | undefined) => reader?.checkpoints.map(({ icount }) => icount);
    expect(icounts(inputs)).toEqual(icounts(exits));
    expect(icounts(exits)?.length).toBeGreaterThan(8);
  });

  it('go on as the run did, with its events', () => {
    const path = join(testFolder(), 'demo.tape');
    const run = recordDemo({ path, ...folder, checkpoints: every });
    const reader = TapeReader.open(path);
    const lines = [...reader.events()].map(lineOf);
    let image: MemoryImage | undefined;
    for (const [number, { ordinal, icount }] of reader.checkpoints.entries()) {
      const events = new EventLines();
      const config = decodeConfig(reader.header.machine, path, 'test');
      const machine = new Machine({ config, images: imagesOfTape(reader, config), events, consoleOut: () => {} });
      image ??= machine.ram.image();
      const { pages, parts, root, instructions } = reader.checkpoint(number);
      image = image.with(pages.map(({ page, content }) => [page, pageOf(reader, content)] as const));
      machine.restoreAll({ parts, memory: image });
      expect([machine.icount, machine.instructions]).toEqual([icount, instructions]);
      expect(Buffer.compare(machine.ram.hash().root, root)).toBe(0);
      const stop = machine.run(Number.POSITIVE_INFINITY);
      expect(stop).toEqual(run.stop);
      expect(machine.end('poweroff', must(stop.kind === 'ended' ? stop.reason : undefined, 'an end'))).toEqual(run.end);
      expect(events.lines).toEqual(lines.slice(ordinal, -1));
    }
    reader.close();
  });
});

const pageOf = (reader: TapeReader, content: number | null): PageState =>
  content === null ? null : { digest: reader.pageDigest(content), bytes: () => reader.pageContent(content) };
