// A guest's images are in its memory and on its tape: nothing else keeps them while it runs.
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { MachineImages } from '../../src/machine/images.ts';
import { RunSession } from '../../src/replay/record.ts';
import { demoConfig, demoImages, testFolder } from '../support/demo.fixture.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** By itself, so that no local of the test's holds them. */
function begun(tape: boolean): { readonly session: RunSession; readonly bytes: WeakRef<Uint8Array> } {
  const files = demoImages().files.map((file) => ({ ...file, bytes: Uint8Array.from(file.bytes) }));
  const bytes = new WeakRef(files[0]?.bytes as Uint8Array);
  const path = join(testFolder(), 'images.tape');
  const session = new RunSession({
    config: demoConfig,
    images: new MachineImages(files),
    consoleOut: () => {},
    ...(tape ? { tape: { path, level: 'exits', producer: 'hypertape test', checkpoints: 'by cost' } } : {}),
  });
  session.run(10_000);
  return { session, bytes };
}

it.each([
  ['a run', false],
  ['a recording', true],
])('of %s', async (_, tape) => {
  const { session, bytes } = begun(tape);
  // A WeakRef holds what it was made of until the end of its turn.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(bytes.deref()).toBe(undefined);
  expect(session.machine.icount).toBe(10_000);
  session.writer?.discard();
});
