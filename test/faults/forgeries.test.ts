// Forged tapes through the command line, as a user would meet them: refused or read in little memory, and never verified.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { eventsOf, forgedCheckpoints, forgeries, tapeOf } from '../../src/trace/codec/forged.fixture.ts';
import { FrameKind } from '../../src/trace/codec/frame.ts';
import { encodeHeader } from '../../src/trace/codec/header.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { consoleIn } from '../../src/trace/events/index.ts';
import { WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { recordDemo } from '../support/demo.fixture.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

const CLI = fileURLToPath(new URL('../../tools/cli.ts', import.meta.url));
const RSS_MIB_MAX = 300;
/** Tells at its end how much memory the process took: Linux's high-water mark, where a resource usage has its parent's too. */
const meter = `data:text/javascript,import{readFileSync}from'node:fs';process.on('exit',()=>process.stderr.write('\\npeak '+/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status','utf8'))[1]+'\\n'))`;

interface Measured {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly peakMiB: number;
}

function measured(args: readonly string[]): Measured {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', meter, CLI, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const [, peak = '0'] = /\npeak (\d+)\n$/.exec(stderr) ?? [];
  return { status, stdout, stderr: stderr.replace(/\npeak \d+\n$/, ''), peakMiB: Number(peak) / 1024 };
}

const original = work.file('original.tape');
recordDemo({ path: original, config: { memoryBytes: 16 * 2 ** 20 } });
const reader = TapeReader.open(original);
const { header } = reader;
const images = reader
  .frames()
  .filter(({ kind }) => kind === FrameKind.image)
  .map((entry) => {
    const { kind, start, end, count } = entry;
    return { kind, raw: reader.payload(entry), range: { start, end, count } };
  });
reader.close();

/** A quarter of a gigabyte of console input in some kilobytes. */
const input = tapeOf(
  [
    { kind: FrameKind.header, raw: encodeHeader(header) },
    ...images,
    ...Array.from({ length: 250 }, (_, n) =>
      eventsOf(4 * n, (builder) => {
        for (let i = 0; i < 4; i++)
          builder.push(consoleIn, { at: 1000, vcpu: 0, device: 0, bytes: new Uint8Array(256 * 1024) });
      }),
    ),
  ],
  true,
);

const checkpoints = forgedCheckpoints(header, images).map((forgery) => ({
  ...forgery,
  name: `checkpoints: ${forgery.name}`,
}));
const forged = [...forgeries(header, images), ...checkpoints, { name: 'megabytes of console input', bytes: input }];
test.each(forged.map((forgery, number) => ({ ...forgery, number })))('$name', ({ bytes, number }) => {
  const path = work.write('forged.tape', bytes);
  const reading = number % 2 === 0 ? ['info'] : ['events', '--limit', '10'];
  for (const [verb, ...args] of [reading, ['replay', '--console', 'none', '--json']]) {
    const { status, stdout, stderr, peakMiB } = measured([verb as string, path, ...args]);
    expect([0, 1, 2], `${verb}: ${stderr}`).toContain(status);
    expect(stderr).not.toContain('internal fault');
    expect(peakMiB, verb).toBeGreaterThan(1);
    expect(peakMiB, verb).toBeLessThan(RSS_MIB_MAX);
    if (verb === 'replay' && stdout !== '') {
      const { verified, complete } = JSON.parse(stdout) as { verified: boolean; complete: boolean };
      expect(verified && complete, stderr).toBe(false);
    }
  }
});

test('the demo itself is read and verified', () => {
  expect(readFileSync(original).length).toBeGreaterThan(1000);
  expect(measured(['replay', original, '--console', 'none'])).toMatchObject({ status: 0 });
});
