// library/: what programs import from the package: the verbs of the command line as functions.

export { type Exit, exitsOf, type Injection, injectionsOf } from '../analysis/exits.ts';
export { type InterruptLife, interruptLives } from '../analysis/interrupt-lives.ts';
export { type InterruptSummary, interruptSummaries } from '../analysis/interrupts.ts';
export { type Profile, type ProfileRow, profileChanges, profileOf } from '../analysis/profile.ts';
export { type TimerFiring, type TimerSummary, timerSummaries } from '../analysis/timers.ts';
export { Failure } from '../base/failure.ts';
export type {
  CauseChain,
  CausedValue,
  CauseInput,
  CauseOptions,
  CauseStep,
  Origin,
  Subject,
} from '../explain/cause.ts';
export { causeChain as why } from '../explain/cause-chain.ts';
export type { Differences } from '../explain/differences.ts';
export { GuestView } from '../inspect/guest-view.ts';
export type { MachineConfig } from '../machine/config.ts';
export type { GivenConfig } from '../machine/whole-config.ts';
export type { WantedDisk } from '../replay/disks.ts';
export type { Divergence } from '../replay/divergence.ts';
export { eventStops } from '../timeline/event-stops.ts';
export type { Moment } from '../timeline/moment.ts';
export type { GuestLook, TraceObserver } from '../timeline/observer.ts';
export type { Found, Hit, Stops } from '../timeline/stops.ts';
export type { Timeline } from '../timeline/timeline.ts';
export { lastMemoryWrite, type Write } from '../timeline/who-wrote.ts';
export type { EventFrame, EventTable, RecordedEvent } from '../trace/codec/event-rows.ts';
export type { EventFilter, Integrity, ReadableImage, TapeReader } from '../trace/codec/tape-reader.ts';
export type { EventDecl, TapeEvent } from '../trace/events/index.ts';
export * as events from '../trace/events/index.ts';
export { type Bisected, bisect } from './bisect.ts';
export { type DiffOptions, diff } from './diff.ts';
export { type ConsoleStep, type GuestOptions, type RecordOptions, type RecordResult, record } from './record.ts';
export { openTape, openTimeline, type ReplayOptions, type ReplayResult, replay } from './replay.ts';
export type { VmExit } from './vmmapi/exits.ts';
export { openVm } from './vmmapi/open-vm.ts';
export { type BhyveEnd, bhyveEndOf } from './vmmapi/statuses.ts';
export type { VmStat, VmVcpu } from './vmmapi/vcpu.ts';
export type { MemoryRange, MemorySegment, Vm, VmTopology } from './vmmapi/vm.ts';
export { VmContext, type VmRunOptions, type VmRunResult } from './vmmapi/vm-context.ts';
