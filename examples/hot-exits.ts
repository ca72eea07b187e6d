// node hot-exits.ts TAPE: where the guest's exits come from, straight from the tape's columns: millions a second, one frame in memory.
import { events, openTape } from 'hypertape';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give a tape');

const counts = new Map<bigint, number>();
const tape = openTape(path);
for (const frame of tape.eventFrames({ tags: new Set([events.vmExit.tag]) }))
  for (const pc of frame.table(events.vmExit)?.column('pc') ?? []) counts.set(pc, (counts.get(pc) ?? 0) + 1);
tape.close();

const hottest = [...counts].sort(([, a], [, b]) => b - a).slice(0, 10);
for (const [pc, count] of hottest) console.log(`${String(count).padStart(8)} 0x${pc.toString(16)}`);
