import { expect, it } from 'vitest';
import { ExitReason } from '../state/codes.ts';
import { blockAt, EmittedCode } from './emission.fixture.ts';
import { runtimeFunctionNames } from './runtime-functions.ts';

const importsOf = (module: Uint8Array): string[] =>
  WebAssembly.Module.imports(new WebAssembly.Module(module)).map((i) => `${i.module}.${i.name}`);
const ALWAYS = ['e.memory', 'e.table', ...runtimeFunctionNames.map((name) => `e.${name}`)];

it('imports the run time, and of the helpers those that its blocks call, each once', () => {
  const code = new EmittedCode();
  const plain = code.install([blockAt(0, (ir) => void ir.exitAfter(ExitReason.reconsider))]);
  expect(importsOf(plain)).toEqual(ALWAYS);
  const calls = blockAt(0, (ir) => {
    const crc = ir.call('crc32', ir.wrap(ir.x(0)), ir.x(1), ir.i32(8));
    ir.setW(2, ir.call('crc32c', crc, ir.x(1), ir.i32(8)) as never);
    ir.setW(3, ir.call('crc32', crc, ir.x(1), ir.i32(8)) as never);
    ir.exitAfter(ExitReason.reconsider);
  });
  expect(importsOf(code.install([calls], 2)).slice(ALWAYS.length)).toEqual(['h.crc32', 'h.crc32c']);
});

it('puts each region into its own slot, though all come from one emitter', () => {
  const code = new EmittedCode();
  for (const slot of [1, 2, 3])
    code.install([blockAt(0, (ir) => void ir.exitAfter(ExitReason.reconsider, slot * 100))], slot);
  // A long module after short ones, and a short one after it: nothing is left over.
  const long = blockAt(0, (ir) => {
    for (let i = 0; i < 3000; i++) ir.setCell64(0x900 + 8 * (i % 16), ir.add(ir.x(i % 31), ir.i64(i)));
    ir.exitAfter(ExitReason.reconsider, 400);
  });
  const size = code.install([long], 4).length;
  const short = code.install([blockAt(0, (ir) => void ir.exitAfter(ExitReason.reconsider, 500))], 5);
  expect([size > 20_000, short.length < 500]).toEqual([true, true]);
  expect([1, 2, 3, 4, 5].map((slot) => code.run(1, 0, slot).argument)).toEqual([100, 200, 300, 400, 500]);
});

it('takes as many blocks as a region may have', () => {
  const code = new EmittedCode();
  const blocks = Array.from({ length: 256 }, (_, i) =>
    blockAt(4 * i, (ir) => void (i === 255 ? ir.exitAfter(ExitReason.reconsider) : ir.branch(4))),
  );
  code.install(blocks);
  expect(code.run(1000)).toMatchObject({ left: 744, offset: 1024 });
  expect(code.run(1000, 200)).toMatchObject({ left: 944 });
});
