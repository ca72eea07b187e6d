import { Failure } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import { DATA_TYPES, TEXT_TYPES } from './nm-types.ts';
import { type SymbolEntry, SymbolTable } from './table.ts';

/** Lines of `nm` (POSIX 1003.1, nm; its types are GNU Binutils'): address, type, name, and perhaps a module in brackets, as in /proc/kallsyms. */
const LINE = /^([0-9a-f]{8}|[0-9a-f]{16}) ([a-zA-Z?]) (\S+)(?:\s+\[\S+\])?$/;
/** Lines that are read before the file is taken for none. */
const STRANGE_LINES_MAX = 10;

/** Looks like the first line of a System.map. */
export const isSystemMap = (bytes: Uint8Array): boolean =>
  /^([0-9a-f]{8}|[0-9a-f]{16}) [a-zA-Z?] \S/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));

/** Reads a System.map, or what `nm` and /proc/kallsyms print. @throws Failure where it is none */
export function readSystemMap(bytes: Uint8Array, name: string): SymbolTable {
  const functions = entriesOf(bytes, name, TEXT_TYPES);
  if (functions.every(({ address }) => address === 0n))
    throw new Failure(`${name}: names no function at an address; read it as root, or take the kernel's System.map`);
  return SymbolTable.of(functions, () => SymbolTable.of(entriesOf(bytes, name, DATA_TYPES)));
}

function entriesOf(bytes: Uint8Array, name: string, types: ReadonlySet<string>): SymbolEntry[] {
  const entries: SymbolEntry[] = [];
  let strange = 0;
  let number = 0;
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(0x0a, from);
    const to = found < 0 ? bytes.length : found;
    number++;
    if (to - from <= LINE_BYTES_MAX) {
      const line = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
        .toString('latin1')
        .trimEnd();
      const [, address, type = '', symbol = ''] = LINE.exec(line) ?? [];
      if (address !== undefined) {
        if (entries.length >= limits.kernelSymbolsMax)
          throw new Failure(`${name}: more than ${limits.kernelSymbolsMax} symbols of a kind; no kernel has so many`);
        if (types.has(type) && !symbol.startsWith('$'))
          entries.push({ name: symbol, address: BigInt(`0x${address}`), weak: /[wWvV]/.test(type) });
      } else if (line !== '' && ++strange > STRANGE_LINES_MAX)
        throw new Failure(`${name}: line ${number} is none of a System.map; give the one of this kernel`);
    } else if (++strange > STRANGE_LINES_MAX)
      throw new Failure(`${name}: line ${number} is none of a System.map; give the one of this kernel`);
    from = to + 1;
  }
  return entries;
}

const LINE_BYTES_MAX = 2048;
