import { hex } from '../../base/bits.ts';
import { event } from './event.ts';
import { suspendHowNames } from './exit-names.ts';
import { named, namedBy, u64 } from './field.ts';
import { smcccName } from './smccc-names.ts';

const suspendHow = named(suspendHowNames);

/** A PSCI or other SMCCC call with its answer: CPUs coming and going, and power-off. */
export const psci = event({
  tag: 0x40,
  name: 'psci',
  since: 1,
  fields: { functionId: namedBy('u32', smcccName), arg0: u64, arg1: u64, arg2: u64, arg3: u64, result: u64 },
  jsonNames: { functionId: 'function' },
  text: (e) => {
    const args = [e.arg0, e.arg1, e.arg2, e.arg3].map((arg) => hex(arg)).join(', ');
    return `SMCCC | kvm_hvc_arm64 ${smcccName(e.functionId)}(${args}) = ${hex(e.result)}`;
  },
});

/** The machine was suspended in bhyve's sense: reset, powered off, halted or destroyed; `how` as `enum vm_suspend_how`. */
export const suspend = event({
  tag: 0x41,
  name: 'suspend',
  since: 1,
  fields: { how: suspendHow },
  text: (e) => `SUSPENDED | kvm_userspace_exit ${suspendHow.show(e.how)}`,
});
