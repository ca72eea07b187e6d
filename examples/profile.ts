// node profile.ts TAPE: exits by class, with the guest's instructions between them: what `hypertape profile --by class` counts.
import { events, exitsOf, openTape, profileOf } from 'hypertape';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give a tape');

const tape = openTape(path);
const { total, rows } = profileOf(exitsOf(tape), { keyOf: ({ kvmClass }) => events.kvmClassName(kvmClass) });
tape.close();

console.log(`${total} exits`);
for (const { key, count, share, p50, p99 } of rows)
  console.log(
    `${String(count).padStart(8)} ${(100 * share).toFixed(1).padStart(5)} % ${key.padEnd(10)} p50 ${p50} p99 ${p99}`,
  );
