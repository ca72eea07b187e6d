// node record.ts KERNEL TAPE: boots a kernel, records it, and says what it asked of its hypervisor.
import { record } from 'hypertape';

const [kernel, tape] = process.argv.slice(2);
if (kernel === undefined || tape === undefined) throw new Error('give a kernel and the tape to write');

const { outcome, instructions, exits, stateHash } = record({
  kernel,
  tape,
  machine: { append: 'console=ttyAMA0', entropySeed: 7n },
  // The demo guest ends by itself; a kernel without an init panics, and that ends the run too.
  maxIcount: 10e9,
  onConsole: (byte) => process.stdout.write(Uint8Array.of(byte)),
});

console.log(`${outcome} after ${instructions} instructions, state ${stateHash.slice(0, 16)}`);
for (const [name, count] of exits) console.log(`${String(count).padStart(8)} ${name}`);
