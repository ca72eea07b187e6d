// debug/: the remote protocol of GDB, and what it needs of a machine: pure, without sockets.

import type { Witness } from '../replay/symbols/same-kernel.ts';
import type { Direction } from '../timeline/timeline.ts';
import type { TargetDescription } from './target-description.ts';

export type { Direction };

/** Memory that a client asks to be told of accesses to. */
export interface WatchRange {
  readonly at: bigint;
  readonly bytes: number;
  readonly kind: 'read' | 'write' | 'access';
}

/** Where runs stop. */
export interface StopPoints {
  /** Virtual addresses of instructions. */
  readonly breakpoints: readonly bigint[];
  readonly watchpoints: readonly WatchRange[];
  /** Called where the machine stands before a breakpoint: whether it counts. */
  readonly accepts: (at: bigint) => boolean;
}

/** Why a run or a step has ended. */
export type DebugStop =
  /** The instruction asked for is done, or undone. */
  | { readonly kind: 'step' }
  | { readonly kind: 'breakpoint' }
  /**
   * The next instruction, in the direction of the run, makes the access: forwards it is about to be executed, backwards about to be
   * undone. That is where GDB expects it of an architecture whose watchpoints are taken before the access.
   */
  | { readonly kind: 'watchpoint'; readonly at: bigint; readonly access: WatchRange['kind'] }
  /** An event that was asked for by `monitor`; `text` says which. */
  | { readonly kind: 'event'; readonly text: string }
  /** As `DebugRun.interrupt` asks. */
  | { readonly kind: 'interrupted' }
  /** The beginning and the end of what is recorded. */
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  /** The guest, live, is no more. */
  | { readonly kind: 'exited'; readonly text: string };

/** A run in the making: in slices, so that who waits for it can be heard. */
export interface DebugRun {
  /** Undefined where there is more to run. */
  slice(): DebugStop | undefined;
  /** The run is to come to rest with one of the next slices. */
  interrupt(): void;
}

/** Which memory an address is of: the guest's present translation, or its physical memory. */
export type Space = 'virtual' | 'physical';

/** A machine as a debugger sees it. @throws Failure where a tape cannot be replayed there */
export interface Debuggee {
  /** Of each vCPU. */
  readonly vcpus: readonly TargetDescription[];
  /** The vCPU whose instruction is next. */
  readonly current: number;
  /** Slices of a run only look at what someone else runs. */
  readonly runsItself: boolean;
  /** Runs can go backwards. */
  readonly isReversible: boolean;
  /** As many bytes as there are from there on, as a vCPU sees them: absent, the one whose turn it is. */
  read(space: Space, at: bigint, bytes: number, vcpu?: number): Uint8Array;
  /** By the vCPU's translation. @throws Failure where it cannot be written; nothing is then */
  write(space: Space, at: bigint, bytes: Uint8Array, vcpu: number): void;
  /** Of the vCPU, by the description's name. @throws Failure likewise */
  writeRegister(name: string, value: bigint, vcpu: number): void;
  /** Where the kernel's image is executed from, if it is known to move. */
  textBase(): bigint | undefined;
  /** Functions of the kernel by its own table, where they are executed: none where that is not known. */
  witnesses(): readonly Witness[];
  setPoints(points: StopPoints): void;
  /** The client has gone, and its points with it. */
  release(): void;
  step(direction: Direction): DebugStop;
  run(direction: Direction): DebugRun;
}
