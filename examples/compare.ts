// node compare.ts A B: the first instruction at which two runs part, and the registers that differ behind it.
import { bisect } from 'hypertape';

const [a, b] = process.argv.slice(2);
if (a === undefined || b === undefined) throw new Error('give two tapes');

const { result, effect } = bisect(a, b);
if (effect === undefined || !('icount' in result)) console.log(result.kind);
else {
  console.log(`they part at instruction ${result.icount}`);
  for (const { what, a: before, b: after } of effect.registers)
    console.log(`  ${what.padEnd(6)} 0x${before.toString(16)} 0x${after.toString(16)}`);
}
