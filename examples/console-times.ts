// node console-times.ts TAPE: replays a tape, every event checked, and prints each line of the console with the guest's time.
import { events, replay } from 'hypertape';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give a tape');

let line = '';
const { verified, eventsChecked, divergence } = replay(path, {
  onConsole: (byte) => {
    line += String.fromCharCode(byte);
  },
  onEvent: (_checked, decl, { at }) => {
    if (decl !== events.mmioWrite || !line.endsWith('\n')) return;
    console.log(`${(at / 1e9).toFixed(6)} s  ${line.trimEnd()}`);
    line = '';
  },
});
console.log(verified ? `verified: ${eventsChecked} events` : `differs: ${divergence?.what}`);
