// Bundles the page of reports (tools/report/page) to tools/report/build/page.{js,css}, unless these are newer than what they are made of.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = join(root, 'tools/report/page');
const shared = ['container.ts', 'report-data.ts'].map((name) => join(root, 'tools/report', name));
const output = join(root, 'tools/report/build');
const outputs = ['page.js', 'page.css'].map((name) => join(output, name));
const inputs = [
  ...readdirSync(source).map((name) => join(source, name)),
  ...shared,
  join(root, 'package-lock.json'),
  fileURLToPath(import.meta.url),
];

function isFresh(): boolean {
  try {
    const built = Math.min(...outputs.map((file) => statSync(file).mtimeMs));
    return inputs.every((file) => statSync(file).mtimeMs <= built);
  } catch {
    return false;
  }
}

/** The folder of the package that a file belongs to. */
const packageOf = (file: string): string | undefined => file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];

/** What the libraries' licences ask to be kept: the text of each, once. */
function licences(files: readonly string[]): string {
  const folders = [...new Set(files.map(packageOf).filter((folder) => folder !== undefined))].sort();
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].find((candidate) =>
        existsSync(join(root, folder, candidate)),
      );
      if (file === undefined) throw new Error(`${folder} has no licence`);
      const text = readFileSync(join(root, folder, file), 'utf8')
        .trim()
        .replaceAll('*/', '* /');
      return `${name} ${version} (${license})\n\n${text}`;
    })
    .join(`\n\n${'-'.repeat(40)}\n\n`);
}

/** Makes the bundle, where it is not there or too old. */
export async function buildReportPage(): Promise<void> {
  if (isFresh()) return;
  // Loaded only where it is needed.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: join(source, 'main.ts') },
    outdir: output,
    bundle: true,
    format: 'iife',
    target: 'es2023',
    minify: true,
    // d3-flame-graph knows a node of d3-hierarchy by the name of its class.
    keepNames: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const kept = `/*! Libraries in this file:\n\n${licences(Object.keys(metafile.inputs))}\n*/\n`;
  mkdirSync(output, { recursive: true });
  for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith('.js') ? kept + text : text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildReportPage();
