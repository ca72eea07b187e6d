import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type MachineConfig, RTC_EPOCH_DEFAULT } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import type { CheckpointSpacing } from '../../src/replay/checkpoints.ts';
import type { DiskSource } from '../../src/replay/disks.ts';
import { RunSession } from '../../src/replay/record.ts';
import { dumpLine, type EventDecl, type EventSink, type FieldsOf, type Level } from '../../src/trace/events/index.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';

const MiB = 2 ** 20;

export const demoConfig: MachineConfig = {
  arch: 'arm64',
  board: 'virt',
  memoryBytes: 32 * MiB,
  vcpus: 1,
  gicVersion: 3,
  append: '',
  entropySeed: 1n,
  rtcEpochSeconds: RTC_EPOCH_DEFAULT,
  timerPolicy: 'direct',
};

export const demoImages = (): MachineImages => MachineImages.read({ kernel: guestFiles('demo-arm64').kernel });

/** Every event of a run as its line. */
export class EventLines implements EventSink {
  readonly lines: string[] = [];
  emit<E extends EventDecl>(decl: E, fields: FieldsOf<E>): void {
    this.lines.push(dumpLine(decl, fields));
  }
}

/** Collects a console. */
export class ConsoleText {
  readonly #bytes: number[] = [];
  readonly out = (byte: number): void => void this.#bytes.push(byte);
  get text(): string {
    return Buffer.from(this.#bytes).toString('utf8');
  }
}

/** A folder of the test's own. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Console input that comes when the machine has reached an instruction count. */
export interface Typed {
  readonly at: number;
  readonly text: string;
}

export interface DemoRun {
  readonly path: string;
  readonly level?: Level;
  readonly typed?: readonly Typed[];
  readonly config?: Partial<MachineConfig>;
  readonly images?: MachineImages;
  readonly disks?: readonly DiskSource[];
  readonly checkpoints?: CheckpointSpacing;
  readonly keepLast?: number;
  /** The run is cut into pieces of so many counts. */
  readonly piece?: number;
}

/** Records demo-arm64 from reset to power-off. */
export function recordDemo({ path, level = 'exits', typed = [], config, images, disks, piece, ...how }: DemoRun) {
  const console = new ConsoleText();
  const session = new RunSession({
    config: { ...demoConfig, ...config },
    images: images ?? demoImages(),
    ...(disks ? { disks } : {}),
    consoleOut: console.out,
    tape: { path, level, producer: 'hypertape test', ...how },
  });
  for (const { at, text } of typed) {
    session.run(at);
    session.machine.input(Buffer.from(text));
  }
  let stop = session.run(piece ?? Number.POSITIVE_INFINITY);
  while (stop.kind === 'count' && piece !== undefined) stop = session.run(session.machine.icount + piece);
  if (stop.kind !== 'ended') throw new Error('the demo powers off');
  const end = session.finish(stop.outcome, stop.reason);
  return { session, stop, end, console: console.text };
}
