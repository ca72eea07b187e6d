import {
  cortexA15,
  cortexA15v1,
  cortexA15v2,
  cortexA57,
  cortexA57v1,
  cortexA57v2,
  max,
  maxV1,
  maxV2,
  type ProcessorModel,
} from '../core/system/models/index.ts';
import { findVersioned, type Versioned } from './versioned.ts';

/** What a guest's kernel is written for. */
export const guestArchs = ['arm64', 'armv7'] as const;
export type GuestArch = (typeof guestArchs)[number];

/**
 * The emulated host's processor: a Cortex-A57 has AArch64 at EL2, a Cortex-A15 is ARMv7 and has no AArch64; `max` is a Cortex-A57
 * with what else this program can do.
 */
export const cpuModels = ['cortex-a57', 'cortex-a15', 'max'] as const;
export type CpuModel = (typeof cpuModels)[number];
/** The processor that a machine has where none is asked for. */
export const cpuModelDefault: { readonly [A in GuestArch]: CpuModel } = { arm64: 'cortex-a57', armv7: 'cortex-a15' };

/** A processor in one of its versions: what it says that it is, and does. */
export interface CpuData extends Versioned {
  readonly name: CpuModel;
  readonly model: ProcessorModel;
}
/** Every processor that this program has. A change of one is a row with the next version; rows stay for ever. */
const cpus: readonly CpuData[] = [
  { name: 'cortex-a57', version: 1, model: cortexA57v1 },
  { name: 'cortex-a15', version: 1, model: cortexA15v1 },
  { name: 'max', version: 1, model: maxV1 },
  // With performance monitors.
  { name: 'cortex-a57', version: 2, model: cortexA57v2 },
  { name: 'cortex-a15', version: 2, model: cortexA15v2 },
  { name: 'max', version: 2, model: maxV2 },
  // With the debug registers of AArch32.
  { name: 'cortex-a57', version: 3, model: cortexA57 },
  { name: 'cortex-a15', version: 3, model: cortexA15 },
  { name: 'max', version: 3, model: max },
];
/** By `name@version`, or by the name alone for the newest. */
export const cpuByName = (name: string): CpuData | undefined => findVersioned(cpus, name);
