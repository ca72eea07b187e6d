// node compare.ts A B: what kind of thing differs first in two runs, the first instruction at which they part, and why.
import { bisect, diff, openTimeline, type Subject, why } from 'hypertape';

const [a, b] = process.argv.slice(2);
if (a === undefined || b === undefined) throw new Error('give two tapes');

const found = diff(a, b);
if (found !== undefined) console.log(`they differ by ${found.kind}, and in ${found.beside.changed} events behind that`);
const { result, effect } = bisect(a, b);
if (effect === undefined || !('icount' in result)) console.log(result.kind);
else {
  console.log(`they part at instruction ${result.icount}`);
  const { timeline, reader } = openTimeline(a);
  timeline.seek(result.icount + 1);
  for (const { what, a: before, b: after } of effect.registers)
    console.log(`  ${what} 0x${before.toString(16)} 0x${after.toString(16)}, ${origin({ register: what })}`);
  for (const { pa, a: before, b: after } of effect.memory)
    console.log(`  pa:0x${pa.toString(16)} ${hex(before)} ${hex(after)}, ${origin({ pa, bytes: before.length })}`);
  reader.close();

  /** Where what the first run has there came from. */
  function origin(what: Subject): string {
    const { chain, origin: from } = why(timeline, what);
    return `${chain.length} steps from: ${from.what}`;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
