import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { OutputFile } from '../../src/host/output-file.ts';
import { systemError } from '../../src/host/system-error.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import { addressOf, type GuestAddress } from './address.ts';
import { countOf, sizeOf } from './numbers.ts';
import { Outputs } from './outputs.ts';
import { parsePlace } from './places.ts';
import { LineOutput, printJson, say } from './standard-output.ts';
import { bytesText, momentText } from './units.ts';
import { type At, Viewer } from './viewer.ts';

/** Options of `mem`. */
export interface MemArgs {
  readonly tape: string;
  readonly address: string;
  readonly length: string;
  readonly at: string;
  readonly output?: string | undefined;
  readonly symbols?: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** More than a person reads, or a program takes from one JSON object; a file takes all that the guest has. */
const SHOWN_BYTES_MAX = 16 * 2 ** 20;
const PIECE_BYTES = 64 * 1024;
const LINE_BYTES = 16;

/** Shows memory, or writes it to a file. @throws Failure where not all of it is there */
export function mem(args: MemArgs): ExitStatus {
  const place = parsePlace('--at', args.at);
  const wanted = addressOf('address', args.address);
  const length = lengthOf(args.length);
  const outputs = new Outputs(args.force);
  outputs.reads(args.tape, 'the tape');
  outputs.reads(args.symbols, '--symbols');
  const { output } = args;
  if (output !== undefined) outputs.writes(output, '-o');
  else if (length > SHOWN_BYTES_MAX)
    throw new Failure(`length ${args.length}: more than ${bytesText(SHOWN_BYTES_MAX)}; write it to a file with -o`);
  const { view, resolve, nameOf } = new Viewer(args.tape, { symbols: args.symbols }).go(place);
  const address = resolve(wanted);
  const symbol = nameOf(address.at);
  const named = { [address.kind]: hex(address.at), ...(symbol === undefined ? {} : { symbol }) };
  const { icount } = view.machine;
  if (output !== undefined) {
    writeTo(output, args.force, pieces(view, address, length));
    const written = { icount, ...named, bytes: length, output };
    if (args.json) printJson(written);
    else say(`${output}: ${bytesText(length)} at ${momentText(icount)}`);
  } else if (args.json) {
    const whole = Buffer.concat([...pieces(view, address, length)]);
    printJson({ icount, ...named, bytes: length, hex: whole.toString('hex') });
  } else show(address, pieces(view, address, length), nameOf);
  return ExitStatus.ok;
}

/** `64`, `0x40`, `4K`: a bare number is bytes. */
const lengthOf = (text: string): number => {
  const bytes = /^(0x[0-9a-f]+|[0-9,_]+)$/i.test(text) ? countOf('length', text) : sizeOf('length', text);
  if (bytes === 0) throw new Failure(`length ${text}: give at least 1`);
  return bytes;
};

/** The bytes in pieces, so that no more is asked for than there is. */
function* pieces(view: GuestView, { kind, at }: GuestAddress, length: number): Generator<Uint8Array> {
  for (let done = 0; done < length; ) {
    const wanted = Math.min(PIECE_BYTES, length - done);
    const from = BigInt.asUintN(64, at + BigInt(done));
    const piece = kind === 'pa' ? view.physical(from, wanted) : view.virtual(from, wanted);
    if (piece.length > 0) yield piece;
    done += piece.length;
    if (piece.length < wanted) throw endsAt(view, kind, BigInt.asUintN(64, at + BigInt(done)));
  }
}

/** One line that says why there is no memory. */
function endsAt(view: GuestView, kind: GuestAddress['kind'], at: bigint): Failure {
  const ipa = kind === 'pa' ? at : view.translate(at).stage1?.out;
  if (ipa === undefined)
    return new Failure(`va:${hex(at)}: no translation there at this moment; "hypertape translate" tells why`);
  const device = view.machine.registerAt(ipa);
  const what = device === undefined ? 'no memory of the guest' : `a device (${device}), whose reads have effects`;
  const hint = kind === 'pa' && at >= 1n << 32n ? '; a virtual address is written va:ADDRESS' : '';
  return new Failure(`${kind}:${hex(at)}${kind === 'va' ? ` (pa:${hex(ipa)})` : ''}: ${what}${hint}`);
}

function show({ kind, at }: GuestAddress, all: Iterable<Uint8Array>, nameOf: At['nameOf']): void {
  const out = new LineOutput();
  const digits = at >= 1n << 32n ? 16 : 8;
  let from = at;
  try {
    for (const piece of all)
      for (let n = 0; n < piece.length; n += LINE_BYTES) {
        const name = nameOf(from);
        const bytes = lineOf(piece.subarray(n, n + LINE_BYTES));
        out.line(
          `${kind}:${from.toString(16).padStart(digits, '0')}  ${bytes}${name === undefined ? '' : `  ${name}`}`,
        );
        from = BigInt.asUintN(64, from + BigInt(LINE_BYTES));
      }
  } finally {
    out.flush();
  }
}

function lineOf(bytes: Uint8Array): string {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const half = LINE_BYTES / 2;
  const hexes = `${pairs
    .slice(0, half)
    .join(' ')
    .padEnd(3 * half)} ${pairs.slice(half).join(' ')}`;
  const text = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${hexes.padEnd(3 * LINE_BYTES)}  |${text}|`;
}

/** Writes a file of its pieces in order. @throws Failure with one line; nothing of it is left then */
export function writeTo(path: string, force: boolean, all: Iterable<Uint8Array>): void {
  const file = OutputFile.create(path, { force, unfinished: 'new' });
  try {
    let at = 0;
    for (const piece of all) {
      file.write(piece, at);
      at += piece.length;
    }
    file.finish();
  } catch (error) {
    file.discard();
    if (error instanceof Failure || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Failure(`cannot write ${path}: ${systemError(error)}; make room or choose another place`);
  }
}
