import { limits } from '../base/limits.ts';
import type { TurnEnd } from '../hyp/vmm/schedule.ts';
import type { MachineConfig } from './config.ts';

/** So many a machine takes: a schedule that was made short has few. */
export const TURN_ENDS_MAX = 4096;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The list of a header as a list of its own; undefined where it is none. */
export function decodeTurnEnds(value: unknown): TurnEnd[] | undefined {
  if (!Array.isArray(value) || value.length > TURN_ENDS_MAX) return undefined;
  const ends: TurnEnd[] = [];
  for (const one of value as readonly unknown[]) {
    if (typeof one !== 'object' || one === null) return undefined;
    const { vcpu, at, to } = one as { readonly [key: string]: unknown };
    if (!isCount(vcpu) || !isCount(at) || !isCount(to)) return undefined;
    ends.push({ vcpu, at, to });
  }
  return ends;
}

/** What is wrong with a machine's list; undefined where nothing is. */
export function turnEndsProblem({ vcpus, scheduleSeed, turnEnds }: MachineConfig): string | undefined {
  if (turnEnds === undefined) return undefined;
  if (vcpus === 1) return 'turn ends: one vCPU takes no turns';
  if (scheduleSeed !== undefined) return 'turn ends: turns from a seed have their own';
  if (turnEnds.length > TURN_ENDS_MAX) return `turn ends: ${turnEnds.length}, of at most ${TURN_ENDS_MAX}`;
  const last = Array.from({ length: limits.vcpusMax }, () => 0);
  for (const { vcpu, at, to } of turnEnds) {
    if (vcpu >= vcpus || to >= vcpus || vcpu === to) return `turn ends: from vCPU ${vcpu} to vCPU ${to} of ${vcpus}`;
    if (at <= (last[vcpu] as number)) return `turn ends: those of vCPU ${vcpu} are not in its order`;
    last[vcpu] = at;
  }
  return undefined;
}
