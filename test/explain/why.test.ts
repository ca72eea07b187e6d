// Causes as they are told, held against the guest itself: what is changed in a replay shows who writes a value, and of what.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as cells from '../../src/core/state/cells.ts';
import type { CausedValue, CauseStep, Place, Subject } from '../../src/explain/cause.ts';
import { causeChain, readPlace } from '../../src/explain/cause-chain.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { lastRegisterWrite } from '../../src/timeline/who-wrote.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { watchedRegister } from '../../tools/session/watched-register.ts';
import { Noise } from '../core/perturbation.fixture.ts';
import { flip } from './flip.fixture.ts';

const tapes = ['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57'] as const;
const open = (name: string): Timeline => new Timeline(TapeReader.open(`traces/golden/v3/${name}.tape`));
const MOMENTS = 24;

function flipPlace(t: Timeline, place: Place, bits: number): void {
  if (place === null) return;
  if ('registers' in place) for (const register of place.registers) flip(t.machine.cpu.cpu, register, bits);
  else {
    const { memory, ...rest } = { memory: t.machine.vm.memory, ...place };
    const bytes = memory.view(rest.pa, rest.bytes)?.map((byte) => byte ^ bits);
    if (bytes) memory.write(rest.pa, bytes);
  }
}
/** Runs on to a count, and tells by which instructions; undefined where the tape does not go on so. */
function goOn(t: Timeline, icount: number): string | undefined {
  const path = createHash('sha1');
  t.machine.observe({ before: ({ pc }) => void path.update(`${pc} `) });
  const stop = t.session.run(icount);
  t.machine.observe(null);
  return stop.kind === 'place' && t.machine.icount === icount ? path.digest('hex') : undefined;
}
/** One instruction; false where the tape does not go on so. */
function step(t: Timeline): boolean {
  const { icount } = t.machine;
  return t.session.run(icount + 1).kind === 'place' && t.machine.icount === icount + 1;
}
/** Goes there whatever was done to the guest where it is. */
function goTo(t: Timeline, icount: number): void {
  t.seek(icount > t.machine.icount ? t.first : icount);
  t.seek(icount);
}

/** The values that were written, each with its writer. */
const written = (value: CausedValue): { value: CausedValue; by: CauseStep }[] =>
  value.parts?.flatMap(written) ?? (value.by ? [{ value, by: value.by }] : []);

const general = (isAarch32: boolean): string[] => [
  ...Array.from({ length: isAarch32 ? 13 : 31 }, (_, n) => `${isAarch32 ? 'r' : 'x'}${n}`),
  ...(isAarch32 ? ['lr', 'SPSR_irq'] : ['v0', 'SPSR_EL1', 'ESR_EL1']),
  ...['sp', 'nzcv', 'nzcv', 'nzcv'],
];
/** What is made random where it does not count. */
const state = [
  ...Array.from({ length: 31 * 8 }, (_, n) => cells.X + n),
  ...Array.from({ length: 512 }, (_, n) => cells.V + n),
];

describe.each(tapes)('%s', (name) => {
  const t = open(name);
  const noise = new Noise(name.length * 0x9e37_79b9);
  const moments = Array.from(
    { length: MOMENTS },
    (_, n) => 2000 + Math.floor((n * 60_000) / MOMENTS) + noise.below(900),
  );
  let survived = 0;
  let rewritten = 0;
  let computed = 0;

  const registerOf = (view: GuestView): Subject => {
    const names = general(view.isAarch32);
    return { register: names[noise.below(names.length)] as string };
  };
  /** About the stack, where most is written. */
  const memoryOf = (view: GuestView): Subject => {
    const va = (view.sp & ~7n) + BigInt(8 * (noise.below(40) - 20));
    return { pa: view.ipaOf(va) ?? Number(va), bytes: 1 << noise.below(4) };
  };

  it.each([0, 1, 2, 3])('tells who wrote last, and of what (%d)', (part) => {
    for (const at of moments.filter((_, n) => n % 4 === part)) {
      t.seek(at);
      const { icount } = t.now;
      const view = new GuestView(t.machine);
      const subject = noise.below(3) > 0 ? registerOf(view) : memoryOf(view);
      const { root } = causeChain(t, subject, { depth: 1, limit: 1 });
      expect(t.now.icount).toBe(icount);
      expect([root.what, root.value]).toEqual([root.what, readPlace(t.machine, root.place)]);
      for (const { value, by } of written(root)) {
        const say = `${root.what} at ${icount}: ${value.what} by ${by.icount}`;
        const { place } = value;
        // Nobody writes it behind its writer: what is planted there stays.
        goTo(t, by.icount + 1);
        if (by.by === 'cpu') expect([say, readPlace(t.machine, place)]).toEqual([say, value.value]);
        if (by.by !== 'cpu') continue;
        const path = goOn(t, icount);
        goTo(t, by.icount + 1);
        flipPlace(t, place, 0xff);
        const planted = readPlace(t.machine, place);
        // What it decides may make the guest go another way.
        if (path !== undefined && goOn(t, icount) === path) {
          expect([say, readPlace(t.machine, place)]).toEqual([say, planted]);
          survived++;
        }
        const counts = new Set(
          by.inputs.flatMap(({ value: input }) =>
            input.place && 'registers' in input.place ? input.place.registers : [],
          ),
        );
        // It writes all of it: what is planted before is gone.
        if (place === null || !('registers' in place) || !place.registers.some((one) => counts.has(one))) {
          goTo(t, by.icount);
          flipPlace(t, place, 0xff);
          if (step(t)) {
            expect([say, readPlace(t.machine, place)]).toEqual([say, value.value]);
            rewritten++;
          }
        }
        // Its inputs are all of them: whatever else is changed, it writes the same.
        goTo(t, by.icount);
        for (const one of state) if (!counts.has(one)) flip(t.machine.cpu.cpu, one, noise.below(256));
        if (step(t)) {
          expect([say, readPlace(t.machine, place)]).toEqual([say, value.value]);
          computed++;
        }
      }
      goTo(t, icount);
    }
  });
  it('most of them could be tried', () => {
    expect(survived).toBeGreaterThan(MOMENTS / 8);
    expect(rewritten).toBeGreaterThan(MOMENTS / 8);
    expect(computed).toBeGreaterThan(MOMENTS / 3);
  });
});

it.each([
  ['demo-arm64', ['x18', 'x22', 'x28']],
  ['demo-armv7', ['r3', 'r7', 'lr']],
] as const)('%s: registers that were written long ago', (name, registers) => {
  const t = open(name);
  t.seek(20_000_000);
  const view = new GuestView(t.machine);
  for (const register of registers) {
    const watched = watchedRegister(view, register);
    const write = watched && lastRegisterWrite(t, watched);
    expect(t.now.icount - (write?.icount ?? 0)).toBeGreaterThan(2 ** 18);
    const { root } = causeChain(t, { register }, { depth: 1 });
    expect([register, root.by]).toMatchObject([register, { icount: write?.icount, pc: write?.pc }]);
  }
});
