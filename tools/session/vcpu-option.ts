import { Failure } from '../../src/base/failure.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import { countOf } from './numbers.ts';

/** What `--vcpu` is for, where one is looked at. */
export const VCPU_HELP = 'whose registers and translation: a vCPU by its number; the one whose turn it is';

/** The vCPU that is looked at. @throws Failure where the guest has none of this number */
export function vcpuAt({ machine: { vm } }: GuestView, given: string | undefined): number {
  if (given === undefined) return vm.current;
  const vcpu = countOf('--vcpu', given);
  const { length } = vm.vcpus;
  if (vcpu < length) return vcpu;
  throw new Failure(`--vcpu ${given}: the guest has ${length === 1 ? 'one vCPU, 0' : `vCPUs 0 to ${length - 1}`}`);
}
