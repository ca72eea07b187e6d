import { expect, it } from 'vitest';
import { GuestView } from '../inspect/guest-view.ts';
import { Timeline } from '../timeline/timeline.ts';
import { TapeReader } from '../trace/codec/tape-reader.ts';
import { causeChain } from './cause-chain.ts';

it('tells who wrote a register and memory last, and stays where it is', () => {
  const timeline = new Timeline(TapeReader.open('traces/golden/v3/demo-arm64.tape'));
  timeline.seek(31_000);
  const view = new GuestView(timeline.machine);
  const of = causeChain(timeline, { register: 'x5' });
  expect(of.root.value).toBe(view.general(5));
  expect(of.root.by?.icount).toBeLessThan(31_000);
  const memory = causeChain(timeline, { pa: Number(view.sp), bytes: 8 });
  expect(memory.root.by?.by).toBe('cpu');
  expect(timeline.now.icount).toBe(31_000);
  expect(() => causeChain(timeline, { register: 'x99' })).toThrow('x99: no register of this guest');
});
