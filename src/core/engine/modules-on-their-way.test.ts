import { describe, expect, it } from 'vitest';
import { CODE, machine } from '../architecture.fixture.ts';
import { LateCompiler } from './late-compiler.fixture.ts';

const SVC_MODE = 0x13;
const COUNT = 40;
/** r0 += 1, for ever, by way of a call to the next page. */
const code = [
  0xe280_0001, // add r0, r0, #1
  0xeb00_03fd, // bl CODE + 0x1000
  0xeaff_fffc, // b CODE
];
const FUNCTION = CODE + 0x1000;
const RETURN = 0xe12f_ff1e; // bx lr
const ADD_1_RETURN = [0xe281_1001, RETURN]; // add r1, r1, #1
const ADD_2_RETURN = [0xe281_1002, RETURN];
/** Instructions of one round. */
const ROUND = 5;

function run(compiler: LateCompiler | undefined, evaluationsAModule = 1000) {
  const m = machine({ mode: SVC_MODE, code });
  const { engine } = m;
  const write = (words: readonly number[]): void => {
    for (const [n, word] of words.entries()) m.setWord(FUNCTION + 4 * n, word);
    engine.wrote(FUNCTION, 4 * words.length);
  };
  write(ADD_1_RETURN);
  engine.bounds.evaluations = 1;
  engine.bounds.waitsAModule = 1;
  engine.bounds.modulesBeforeAThread = 0;
  engine.bounds.evaluationsAModule = evaluationsAModule;
  engine.onTheirWay.compilerOf = () => compiler;
  return { ...m, write };
}
/** After so many rounds more. */
const registersAfter = (m: ReturnType<typeof run>, rounds: number): number[] => {
  m.run(ROUND * rounds);
  return [m.r(0), m.r(1)];
};

describe('a module that is compiled beside the run', () => {
  it('has its blocks evaluated until it is there, and is used then', () => {
    const compiler = new LateCompiler(Number.POSITIVE_INFINITY);
    const m = run(compiler);
    expect(registersAfter(m, COUNT)).toEqual([COUNT, COUNT]);
    const { asked } = compiler;
    expect(asked).toBeGreaterThan(1);
    // Nothing is asked for twice.
    expect(registersAfter(m, COUNT)).toEqual([2 * COUNT, 2 * COUNT]);
    expect([compiler.asked, m.engine.code.table.get(1)]).toEqual([asked, null]);
    for (let n = 0; n < asked; n++) compiler.next();
    expect(registersAfter(m, COUNT)).toEqual([3 * COUNT, 3 * COUNT]);
    expect(m.engine.code.table.get(1)).not.toBe(null);
  });
  it('is waited for when its blocks were evaluated often enough', () => {
    const compiler = new LateCompiler(Number.POSITIVE_INFINITY);
    const m = run(compiler, 3);
    expect(registersAfter(m, COUNT)).toEqual([COUNT, COUNT]);
    expect([m.engine.code.table.get(1) === null, compiler.handedOut]).toEqual([false, 0]);
    // It comes for nothing.
    const first = m.engine.code.table.get(1);
    compiler.next();
    expect(registersAfter(m, COUNT)).toEqual([2 * COUNT, 2 * COUNT]);
    expect(m.engine.code.table.get(1)).toBe(first);
  });
  it.each([0, 1, 7, 100])('is not used for a page that was written to meanwhile, arriving after %i looks', (looks) => {
    const m = run(new LateCompiler(looks));
    expect(registersAfter(m, 4)).toEqual([4, 4]);
    for (let n = 1; n <= 20; n++) {
      const before = m.r(1);
      const step = n % 2 === 1 ? 2 : 1;
      m.write(step === 2 ? ADD_2_RETURN : ADD_1_RETURN);
      expect(registersAfter(m, 4)).toEqual([4 + 4 * n, before + 4 * step]);
    }
  });
  it('is dropped with all code', () => {
    const compiler = new LateCompiler(Number.POSITIVE_INFINITY);
    const m = run(compiler);
    registersAfter(m, COUNT);
    const { asked } = compiler;
    m.engine.code.flush();
    for (let n = 0; n < asked; n++) compiler.next();
    m.run(1);
    expect(m.engine.code.table.get(1)).toBe(null);
    m.run(ROUND * COUNT - 1);
    expect([m.r(0), m.r(1)]).toEqual([2 * COUNT, 2 * COUNT]);
  });
  it('stops before an instruction that a stop was set before meanwhile', () => {
    const compiler = new LateCompiler(Number.POSITIVE_INFINITY);
    const m = run(compiler);
    registersAfter(m, COUNT);
    m.engine.stopBefore([{ pa: CODE + 4 }]);
    const { asked } = compiler;
    for (let n = 0; n < asked; n++) compiler.next();
    expect([m.run(ROUND * 2 * COUNT), m.r(0)]).toEqual(['place', COUNT + 1]);
    expect([m.run(ROUND * 2 * COUNT), m.r(0)]).toEqual(['place', COUNT + 2]);
  });
  it('is compiled at once where there is no thread for it', () => {
    const m = run(undefined);
    expect(registersAfter(m, COUNT)).toEqual([COUNT, COUNT]);
    expect(m.engine.code.table.get(1)).not.toBe(null);
  });
});
