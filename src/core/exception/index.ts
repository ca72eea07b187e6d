// exception/: exceptions of AArch64 and AArch32: entry, return, routing, syndromes, interrupts, self-hosted debug.

export type { Exception } from '../state/exception.ts';
export { branchAddressHigh } from './branch-address.ts';
export { breakpointHit, debugActive, debugAfterInstruction, softwareStep, watchpointHit } from './debug.ts';
export { takeException } from './entry.ts';
export { Line, pendingInterrupt, setPhysicalLine, updateInterruptPending } from './interrupts.ts';
export { selectMode } from './modes.ts';
export { exceptionReturn } from './return.ts';
export {
  alignmentAbort,
  callException,
  externalAbort,
  pcAlignment,
  translationAbort,
  trapInstruction,
  undefinedInstruction,
  waitTrap,
} from './synchronous.ts';
