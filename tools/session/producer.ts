import { readFileSync } from 'node:fs';
import { must } from '../../src/base/assert.ts';

/** Where package.json stands as seen from here: in a checkout, and in the package, whose programs are one folder deeper, in dist/. */
const places = ['../../package.json', '../../../package.json'];

interface Manifest {
  readonly name: string;
  readonly version: string;
}

function manifest(): Manifest | undefined {
  for (const place of places) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as Manifest;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

const { name, version } = must(manifest(), 'package.json of the program');

/** The program and its version, as `--version` prints them and a tape's header keeps them. */
export const PRODUCER = `${name} ${version}`;
