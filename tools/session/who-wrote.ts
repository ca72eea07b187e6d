import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import type { Timeline } from '../../src/timeline/timeline.ts';
import {
  type Bytes,
  lastMemoryWrite,
  lastRegisterWrite,
  memoryWrites,
  registerWrites,
  type WatchedRegister,
  type Write,
} from '../../src/timeline/who-wrote.ts';
import { addressOf } from './address.ts';
import { countOf, numberOf } from './numbers.ts';
import { parsePlace } from './places.ts';
import { LineOutput, print, printJson, say } from './standard-output.ts';
import { momentText } from './units.ts';
import { vcpuAt } from './vcpu-option.ts';
import { type Look, Viewer } from './viewer.ts';
import { watchedRegister } from './watched-register.ts';

/** Options of `who-wrote`. */
export interface WhoWroteArgs {
  readonly tape: string;
  readonly what: string;
  readonly at: string;
  readonly vcpu?: string | undefined;
  readonly bytes: string;
  readonly all: boolean;
  readonly from?: string | undefined;
  readonly limit: string;
  readonly symbols?: string | undefined;
  readonly json: boolean;
}

const BYTES_MAX = PAGE_BYTES;

/** What is asked for: bytes of memory where they lie at the place, or a register as it is there. */
type Subject = { readonly bytes: readonly Bytes[] } | { readonly register: WatchedRegister };

/** Tells who wrote last, or all who wrote. @throws Failure */
export function whoWrote(args: WhoWroteArgs): ExitStatus {
  const place = parsePlace('--at', args.at);
  const start = args.from === undefined ? undefined : parsePlace('--from', args.from);
  const length = numberOf('--bytes', args.bytes);
  if (length < 1 || length > BYTES_MAX) throw new Failure(`--bytes ${args.bytes}: give 1 to ${BYTES_MAX}`);
  const limit = countOf('--limit', args.limit);
  const viewer = new Viewer(args.tape, { symbols: args.symbols });
  const { timeline } = viewer;
  let from = timeline.first;
  if (start !== undefined) {
    viewer.go(start);
    from = timeline.now.icount;
  }
  const at = viewer.go(place);
  const end = timeline.now.icount;
  if (from > end) throw new Failure(`--from ${args.from}: behind --at, ${momentText(end)}`);
  const subject = at.view.of(vcpuAt(at.view, args.vcpu), () => subjectOf(args.what, at, length));
  const toldOf = (write: Write) => lineOf(write, at);
  if (args.all) {
    const { writes, isCut } = allWrites(timeline, subject, from, limit, at.view);
    if (isCut && !args.json) say(`more than ${limit} writes: the first of them; --limit or --from takes others`);
    if (args.json) printJson({ writes: writes.map((write) => jsonOf(write, at)), ...(isCut ? { isCut } : {}) });
    else if (writes.length === 0) print(nobody(timeline));
    else {
      const out = new LineOutput();
      for (const write of writes) out.line(toldOf(write));
      out.flush();
    }
    return ExitStatus.ok;
  }
  const last = lastWrite(timeline, subject, at.view);
  if (args.json) printJson(last === undefined ? { by: null } : jsonOf(last, at));
  else print(last === undefined ? nobody(timeline) : toldOf(last));
  return ExitStatus.ok;
}

/** The last write before the present moment, on one line. @throws Failure where it is nothing that could be written */
export function lastWriteText(timeline: Timeline, at: Look, what: string): string {
  const last = lastWrite(timeline, subjectOf(what, at, 1), at.view);
  return last === undefined ? nobody(timeline) : lineOf(last, at);
}

const lastWrite = (timeline: Timeline, subject: Subject, view: GuestView): Write | undefined =>
  'register' in subject
    ? lastRegisterWrite(timeline, subject.register)
    : (lastMemoryWrite(timeline, subject.bytes) ?? loaded(timeline, subject.bytes, view));

function subjectOf(what: string, { view, resolve }: Look, length: number): Subject {
  const register = watchedRegister(view, what);
  if (register !== undefined) return { register };
  const isWord = /^[a-z_]\w*$/i.test(what);
  const { kind, at } = resolve(addressOf(isWord ? 'no register of this guest, nor an address:' : 'address', what));
  const bytes: Bytes[] = [];
  for (const { at: address, ipa: pa, bytes: count } of view.pieces(
    kind === 'va' ? 'virtual' : 'physical',
    at,
    length,
  )) {
    if (pa === undefined)
      throw new Failure(`va:${hex(address)}: no translation there at this moment; "hypertape translate" tells why`);
    if (view.physical(pa, count).length < count) throw new Failure(`pa:${hex(pa)}: no memory of the guest`);
    bytes.push({ pa, bytes: count });
  }
  return { bytes };
}

function allWrites(
  timeline: Timeline,
  subject: Subject,
  from: number,
  limit: number,
  view: GuestView,
): { readonly writes: readonly Write[]; readonly isCut: boolean } {
  const writes: Write[] = [];
  let isCut = false;
  const told = (write: Write): boolean => {
    isCut = writes.length === limit;
    if (!isCut) writes.push(write);
    return !isCut;
  };
  if ('register' in subject) registerWrites(timeline, subject.register, from, told);
  else {
    const first = from === timeline.first ? loaded(timeline, subject.bytes, view) : undefined;
    if (first !== undefined) told(first);
    memoryWrites(timeline, subject.bytes, from, told);
  }
  return { writes, isCut };
}

/** What is there when the guest begins has been loaded, if it is anything. */
function loaded(timeline: Timeline, [of]: readonly Bytes[], view: GuestView): Write | undefined {
  const { first, now } = timeline;
  if (of === undefined || first !== 0) return undefined;
  timeline.seek(first);
  const bytes = Buffer.from(view.physical(of.pa, of.bytes));
  const { pc } = view;
  timeline.seek(now.icount);
  const after = BigInt(`0x${bytes.reverse().toString('hex')}`);
  return after === 0n ? undefined : { icount: first, pc, before: 0n, after, by: 'loader', pa: of.pa, bytes: of.bytes };
}

const nobody = ({ first }: Timeline): string =>
  `nobody has written it since ${first === 0 ? 'the machine was made' : `the tape begins, at ${momentText(first)}`}`;

function jsonOf(whole: Write, { symbolAt, nameOf }: Look): object {
  const { icount, pc, pa, ...rest } = whole;
  const target = targetOf(whole, nameOf);
  const symbol = symbolAt(pc);
  return {
    icount,
    pc: hex(pc),
    ...(symbol === undefined ? {} : { symbol }),
    ...rest,
    ...(pa === undefined ? {} : { pa: hex(pa) }),
    ...(target === undefined ? {} : { target }),
  };
}

/** The variable that was written, or code. */
const targetOf = ({ pa, va }: Pick<Write, 'pa' | 'va'>, nameOf: Look['nameOf']): string | undefined =>
  (va === undefined ? undefined : nameOf(va)) ?? (pa === undefined ? undefined : nameOf(BigInt(pa)));

function lineOf(write: Write, { symbolAt, nameOf }: Look): string {
  const { icount, pc, before, after, by, vcpu, pa, va, bytes } = write;
  const target = targetOf(write, nameOf);
  const where = `${hex(pc)} ${symbolAt(pc) ?? ''}`.trimEnd();
  const virtual = va === undefined ? '' : `, va:${hex(va)}`;
  const named = target === undefined ? '' : ` (${target})`;
  const memory = pa === undefined ? '' : ` wrote ${bytes} bytes at pa:${hex(pa)}${virtual}${named}`;
  const who = vcpu === undefined ? by : `vCPU ${vcpu}`;
  return `${momentText(icount)}, ${where}: ${who}${memory}: ${hex(before)} -> ${hex(after)}`;
}
