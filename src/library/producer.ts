import { must } from '../base/assert.ts';
import { ownFile } from '../host/files.ts';

/** Where package.json stands as seen from here: in a checkout, and in the package, whose programs are one folder deeper, in dist/. */
const places = ['../../package.json', '../../../package.json'];

interface Manifest {
  readonly name: string;
  readonly version: string;
}

function manifest(): Manifest | undefined {
  for (const place of places) {
    const bytes = ownFile(place, import.meta.url);
    if (bytes !== undefined) return JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  }
  return undefined;
}

const { name, version } = must(manifest(), 'package.json of the program');

/** The program and its version, as `--version` prints them and a tape's header keeps them. */
export const PRODUCER = `${name} ${version}`;
