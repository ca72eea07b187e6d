// A reset within a run: what was there before it is nobody's any more.
import { expect, test } from 'vitest';
import { causeChain } from '../../src/explain/cause-chain.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { lastMemoryWrite } from '../../src/timeline/who-wrote.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';

const RAM = 0x41c0_0000;

test.each([
  ['reboot-arm64', 'x8', 2],
  ['reboot-armv7', 'r8', 3],
] as const)('%s: memory is the loader’s, registers are as at power-on', (name, register, before) => {
  const timeline = new Timeline(TapeReader.open(`traces/golden/v3/${name}.tape`));
  const [reset] = [...timeline.tape.events({ classes: new Set(['suspend']) })];
  const at = reset?.at ?? 0;
  const [first, second] = [at, at + before + 1].map((moment) => {
    timeline.seek(moment);
    return lastMemoryWrite(timeline, [{ pa: RAM, bytes: 4 }]);
  });
  expect(first).toMatchObject({ by: 'cpu', after: BigInt('B'.charCodeAt(0)) });
  expect(second).toMatchObject({ by: 'loader', icount: at, after: 0n });
  timeline.seek(at + before + 1);
  const event = reset?.ordinal;
  expect(causeChain(timeline, { pa: RAM, bytes: 4 }).origin).toMatchObject({ kind: 'event', event });
  timeline.seek(at + 1);
  const { chain, origin } = causeChain(timeline, { register });
  expect(chain.at(-1)?.step).toMatchObject({ by: 'hypervisor', icount: at });
  expect(origin).toMatchObject({ kind: 'event', event });
  timeline.tape.close();
});
