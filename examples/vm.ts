// node vm.ts KERNEL: a VM as users of FreeBSD's libvmmapi have it: run from exit to exit, looked at, run to its end, its counters read.
import { VmContext } from 'hypertape';

const [kernel] = process.argv.slice(2);
if (kernel === undefined) throw new Error('give a kernel');

const vm = VmContext.create({ kernel, machine: { memoryBytes: 32 * 2 ** 20 } });
const vcpu = vm.vcpu(0);
for (const { name, gpa, bytes } of vm.memorySegments) console.log(`${name} at 0x${gpa.toString(16)}, ${bytes} bytes`);

const firstAccess = vm.run({ exits: ['INST_EMUL'] });
if (firstAccess.kind === 'exit') {
  const { exitcode, pc, gpa } = firstAccess.exit;
  console.log(`${exitcode} at instruction ${vm.icount}: pc 0x${pc.toString(16)}, gpa 0x${gpa.toString(16)}`);
  console.log(`sp 0x${vcpu.getRegister('sp').toString(16)}`);
}
for (const name of vcpu.capabilities) console.log(`${name} ${vcpu.getCapability(name)}`);

const end = vm.run();
if (end.kind === 'suspended') console.log(`suspended: ${end.how}, bhyve's exit status ${end.bhyve?.status}`);
for (const { name, value } of vcpu.getStats()) if (value > 0) console.log(`${name}: ${value}`);
vm.destroy();
