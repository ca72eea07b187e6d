import { expect, it } from 'vitest';
import { SideThread } from './beside.ts';
import { ThreadedCompiler } from './module-compiler.ts';

/** Magic and version alone: a module of nothing. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const NAP_MS = 2;

/** Polls without a return to the event loop, as a run does, until so many answers are there. */
function fetch(compiler: ThreadedCompiler, answers: unknown[], count: number): void {
  const nap = new Int32Array(new SharedArrayBuffer(4));
  while (answers.length < count) {
    Atomics.wait(nap, 0, 0, NAP_MS);
    compiler.poll();
  }
}

it('compiles in the order in which it is asked, for who never returns to the event loop', () => {
  const compiler = new ThreadedCompiler(new SideThread());
  const answers: [string, WebAssembly.Module | undefined][] = [];
  expect(compiler.ask(EMPTY, (module) => answers.push(['first', module]))).toBe(true);
  compiler.ask(Uint8Array.of(1, 2, 3), (module) => answers.push(['no module', module]));
  compiler.ask(EMPTY, (module) => answers.push(['last', module]));
  fetch(compiler, answers, 3);
  expect(answers.map(([name, module]) => [name, module instanceof WebAssembly.Module])).toEqual([
    ['first', true],
    ['no module', false],
    ['last', true],
  ]);
});
