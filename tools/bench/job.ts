import type { GuestArch } from '../../src/machine/arch.ts';
import type { Level } from '../../src/trace/events/index.ts';
import type { CountersReport } from './counted.ts';

/** A guest to measure: what machine it is for, its images and kernel command line. */
export interface BenchGuest {
  readonly arch: GuestArch;
  readonly kernel: string;
  /** Absent: a kernel that needs none. */
  readonly initrd?: string;
  readonly append: string;
  /** 1 where it is not said. */
  readonly vcpus?: number;
}

/** What one measuring process does. */
export type Job =
  | { readonly kind: 'run'; readonly guest: BenchGuest }
  | {
      readonly kind: 'record';
      readonly guest: BenchGuest;
      readonly tape: string;
      readonly level: Level;
      readonly checkpoints?: true;
      /** What the engine does is counted. */
      readonly counters?: true;
    }
  | { readonly kind: 'replay'; readonly tape: string }
  | TravelJob;

/** Goes about a tape: to so many random places, and so many steps back from others. */
export interface TravelJob {
  readonly kind: 'travel';
  readonly tape: string;
  readonly seeks: number;
  readonly steps: number;
  /** Of the kernel's functions and variables, whose places are asked for. */
  readonly names: readonly string[];
}
/** What that took, each in its order, and where the names are in the end: virtual addresses, as text. */
export interface TravelReport {
  readonly seekMs: readonly number[];
  readonly stepMs: readonly number[];
  readonly places: readonly (string | null)[];
  readonly checkpoints: number;
  readonly checkpointBytes: number;
  readonly last: number;
}

/** What it found, but for the times: those are its parent's to take. */
export interface JobReport {
  /** `poweroff`, or another end; `verified` or `divergence` of a replay. */
  readonly outcome: string;
  readonly instructions: number;
  readonly events: number;
  readonly peakRssBytes: number;
  /** CPU time of its main thread, from its start. */
  readonly mainCpuS: number;
  /** Of a recording: its tape without the images, and the part of it that is events. */
  readonly tapeBytes?: number;
  readonly tapeEvents?: number;
  readonly eventBytes?: number;
  readonly travel?: TravelReport;
  readonly counters?: CountersReport;
}

/** Where the measuring process writes its report: the console has standard output to itself. */
export const REPORT_FD = 3;
