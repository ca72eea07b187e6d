// One measurement in a process of its own, so that memory and compiled code are its own: node tools/bench/one.ts JOB.
import { writeFileSync } from 'node:fs';
import { KiB, MiB } from '../../src/base/limits.ts';
import { keptTranslations } from '../../src/host/kept-files.ts';
import { PRODUCER } from '../../src/library/producer.ts';
import {
  ENTROPY_SEED_DEFAULT,
  gicVersionDefault,
  type MachineConfig,
  RTC_EPOCH_DEFAULT,
} from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { FrameKind } from '../../src/trace/codec/frame.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { runGuest } from '../session/guest-run.ts';
import { Interrupts } from '../session/interrupts.ts';
import { ConsoleOutput } from '../session/terminal.ts';
import { keepTranslations } from '../session/translations.ts';
import { startCounting } from './counted.ts';
import { type Job, type JobReport, REPORT_FD, type TravelJob } from './job.ts';
import { travelled } from './travelled.ts';

const NEWLINE = 0x0a;
const MICROSECONDS_PER_S = 1e6;

const output = new ConsoleOutput('stdio', false);
/** Each line goes out as it ends: the parent takes its time. */
const consoleOut = (byte: number): void => {
  output.write(byte);
  if (byte === NEWLINE) output.flush();
};

type Found = Omit<JobReport, 'peakRssBytes' | 'mainCpuS'>;
type RunJob = Extract<Job, { kind: 'run' | 'record' }>;

/** By itself, so that the images, a tenth of its process's memory, do not live as long as the run: an awaiting function keeps all that it names. */
function sessionOf(job: RunJob): RunSession {
  const { arch, kernel, initrd, append, vcpus = 1 } = job.guest;
  const images = MachineImages.read({ kernel, ...(initrd === undefined ? {} : { initrd }) });
  const config: MachineConfig = {
    arch,
    board: 'virt',
    memoryBytes: 512 * MiB,
    vcpus,
    gicVersion: gicVersionDefault[arch],
    append,
    entropySeed: ENTROPY_SEED_DEFAULT,
    rtcEpochSeconds: RTC_EPOCH_DEFAULT,
    timerPolicy: 'direct',
  };
  const tape =
    job.kind === 'record'
      ? {
          tape: {
            path: job.tape,
            level: job.level,
            producer: PRODUCER,
            force: true,
            ...(job.checkpoints ? { checkpoints: 'by cost' as const } : {}),
          },
        }
      : {};
  return new RunSession({ config, images, consoleOut, ...tape });
}

async function runOrRecord(job: RunJob): Promise<Found> {
  const session = sessionOf(job);
  const counted = job.kind === 'record' && job.counters ? startCounting(session) : undefined;
  const { outcome, reason } = await runGuest(session, null, {
    keyboard: null,
    script: null,
    maxIcount: Number.POSITIVE_INFINITY,
    output,
    interrupts: new Interrupts(),
    tick: () => {},
  });
  const counters = await counted?.();
  session.finish(outcome, reason);
  const { machine, counter } = session;
  const found = {
    outcome,
    instructions: machine.instructions,
    events: counter.events,
    ...(counters ? { counters } : {}),
  };
  return job.kind === 'record' ? { ...found, ...tapeSizes(job.tape) } : found;
}

function tapeSizes(path: string): Required<Pick<Found, 'tapeBytes' | 'tapeEvents' | 'eventBytes'>> {
  const reader = TapeReader.open(path);
  const sum = (kind: number): number =>
    reader.frames().reduce((bytes, frame) => bytes + (frame.kind === kind ? frame.storedBytes : 0), 0);
  const sizes = {
    tapeBytes: reader.sizeBytes - sum(FrameKind.image),
    tapeEvents: reader.eventCount,
    eventBytes: sum(FrameKind.events),
  };
  reader.close();
  return sizes;
}

function replay(path: string): Found {
  const reader = TapeReader.open(path);
  const session = new ReplaySession(reader, { consoleOut });
  const stop = session.run();
  output.flush();
  reader.close();
  return {
    outcome: stop.kind === 'end' ? 'verified' : stop.kind,
    instructions: session.machine.instructions,
    events: session.checker.checked,
  };
}

function travel(job: TravelJob): Found {
  return { outcome: 'travelled', instructions: 0, events: 0, travel: travelled(job) };
}

keepTranslations();
const job = JSON.parse(process.argv[2] as string) as Job;
const found = job.kind === 'replay' ? replay(job.tape) : job.kind === 'travel' ? travel(job) : await runOrRecord(job);
keptTranslations.atEnd?.();
const { user, system } = process.threadCpuUsage();
const report: JobReport = {
  ...found,
  peakRssBytes: process.resourceUsage().maxRSS * KiB,
  mainCpuS: (user + system) / MICROSECONDS_PER_S,
};
writeFileSync(REPORT_FD, JSON.stringify(report));
