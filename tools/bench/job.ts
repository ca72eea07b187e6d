import type { GuestArch } from '../../src/machine/arch.ts';
import type { Level } from '../../src/trace/events/index.ts';

/** A guest to measure: what machine it is for, its images and kernel command line. */
export interface BenchGuest {
  readonly arch: GuestArch;
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
}

/** What one measuring process does. */
export type Job =
  | { readonly kind: 'run'; readonly guest: BenchGuest }
  | { readonly kind: 'record'; readonly guest: BenchGuest; readonly tape: string; readonly level: Level }
  | { readonly kind: 'replay'; readonly tape: string };

/** What it found, but for the times: those are its parent's to take. */
export interface JobReport {
  /** `poweroff`, or another end; `verified` or `divergence` of a replay. */
  readonly outcome: string;
  readonly instructions: number;
  readonly events: number;
  readonly peakRssBytes: number;
  /** Of a recording: its tape without the images, and the part of it that is events. */
  readonly tapeBytes?: number;
  readonly tapeEvents?: number;
  readonly eventBytes?: number;
}

/** Where the measuring process writes its report: the console has standard output to itself. */
export const REPORT_FD = 3;
