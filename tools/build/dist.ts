// build/: makes dist/, the AssemblyScript helpers, and the page of reports.

// npm run build: bundles what the command line and the library reach into dist/ (a start reads few files), writes the
// library's types, and puts what is read at run time where its reader's source stands.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');
/** Read through import.meta.url by the file that stands there. */
const demos = globSync('tools/guests/*/*.elf', { cwd: root });
/** Likewise, and compiled where they are measured. */
const measured = globSync('tools/bench/guest/*.{c,S}', { cwd: root });
const BUILD_ID_DIGITS = 16;
const types = 'src/library/webassembly-types.d.ts';
const page = ['page.js', 'page.css'].map((name) => `tools/report/build/${name}`);
const assets = ['src/core/helpers/build/helpers.wasm', types, ...page, ...demos, ...measured];

rmSync(dist, { recursive: true, force: true });

/** What is started or imported by its path; everything else comes into chunks that they share. */
const entries = [
  'tools/cli.ts',
  'src/library/index.ts',
  'src/host/side-thread.ts',
  'tools/session/stretch-worker.ts',
  'tools/bench/one.ts',
];
/** In a bundle `import.meta.url` stays that of the source: what it names stands where it stood from there. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/](src|tools)[\\/].*\.ts$/ }, ({ path }) => {
      const at = relative(root, path).replaceAll(sep, '/').replace(/\.ts$/, '.js');
      return {
        contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', `(__dist + ${JSON.stringify(at)})`),
        loader: 'ts',
      };
    }),
};
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: entries,
  outbase: root,
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  // What users install beside the package is none of it; the rest (yargs, with what that needs) is read with the program's own chunks.
  external: [
    ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }),
    'msgpackr',
  ],
  alias: { 'string-width': './tools/build/plain-width.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node24',
  plugins: [ownPlaces],
  banner: { js: "const __dist = import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + 6);" },
  logLevel: 'warning',
  metafile: true,
});

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
const { status } = spawnSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', join(root, 'tsconfig.build.json')], {
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(1);
for (const asset of assets) cpSync(join(root, asset), join(dist, asset));

// The compiler would write a reference to where the sources are.
const declarations = join(dist, 'src/library/index.d.ts');
writeFileSync(declarations, `/// <reference path="./webassembly-types.d.ts" />\n${readFileSync(declarations, 'utf8')}`);

// By what one build of the program tells what it has left behind from what another has.
const built = globSync('**/*.{js,wasm}', { cwd: dist }).sort();
const digest = createHash('sha256');
for (const name of built) digest.update(name).update(readFileSync(join(dist, name)));
writeFileSync(join(dist, 'build-id'), digest.digest('hex').slice(0, BUILD_ID_DIGITS));

// Their licences want to go along.
const bundled = new Set(
  Object.keys(metafile.inputs).flatMap((path) => path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []),
);
const licences = [...bundled].sort().map((folder) => {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e(\.\w+)?$/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence`);
  return `${basename(folder)}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
});
writeFileSync(join(dist, 'LICENSES.txt'), licences.join('\n\n'));

// msgpackr goes along: as a dependency of its own it would bring a native part, and the script that builds it.
const msgpackr = dirname(dirname(createRequire(import.meta.url).resolve('msgpackr')));
const needed =
  /(^|[\\/])(package\.json|LICENSE|node-index\.js|index\.js|pack\.js|unpack\.js|iterators\.js|stream\.js)$/;
cpSync(msgpackr, join(dist, 'node_modules/msgpackr'), {
  recursive: true,
  filter: (from) => from === msgpackr || (dirname(from) === msgpackr && needed.test(from)),
});
