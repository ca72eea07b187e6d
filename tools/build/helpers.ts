// Compiles the AssemblyScript helpers to src/core/helpers/build/helpers.wasm, unless that is newer than its sources.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HELPER_DATA } from '../../src/core/state/cells.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = join(root, 'src/core/helpers/as');
const output = join(root, 'src/core/helpers/build/helpers.wasm');
const inputs = [
  ...readdirSync(sources)
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts'))
    .map((f) => join(sources, f)),
  join(root, 'src/core/state/cells.ts'),
  fileURLToPath(import.meta.url),
];

function isFresh(): boolean {
  try {
    const built = statSync(output).mtimeMs;
    return inputs.every((f) => statSync(f).mtimeMs <= built);
  } catch {
    return false;
  }
}

if (!isFresh()) {
  mkdirSync(dirname(output), { recursive: true });
  const entry = inputs.filter((f) => f.startsWith(sources)).sort();
  // Loaded only where it is needed: it takes most of a second.
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(
    [
      ...entry.map((f) => relative(root, f)),
      '--outFile',
      'out.wasm',
      ...['--runtime', 'stub', '--importMemory', '--memoryBase', String(HELPER_DATA)],
      ...['--enable', 'simd', '--enable', 'relaxed-simd', '--use', 'abort=', '-O3', '--noAssert', '--converge'],
    ],
    {
      readFile: (name: string, base: string) => {
        try {
          return readFileSync(join(base === '.' ? root : join(root, base), name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (_name: string, contents: string | Uint8Array) => writeFileSync(output, contents),
      listFiles: () => [],
    },
  );
  if (error) {
    process.stderr.write(`${stderr.toString()}\n${error.message}\n`);
    process.exit(1);
  }
}
