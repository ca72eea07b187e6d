import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import type { CausedValue, CauseInput, CauseStep, Subject } from '../../src/explain/cause.ts';
import { causeChain } from '../../src/explain/cause-chain.ts';
import { type Disassembler, instructionText, openDisassembler } from '../../src/inspect/disassemble.ts';
import { addressOf } from './address.ts';
import { countOf, numberOf } from './numbers.ts';
import { parsePlace } from './places.ts';
import { LineOutput, printJson } from './standard-output.ts';
import { momentText } from './units.ts';
import { type Look, Viewer } from './viewer.ts';

/** Options of `why`. */
export interface WhyArgs {
  readonly tape: string;
  readonly what: string;
  readonly at: string;
  readonly bytes?: string | undefined;
  readonly depth: string;
  readonly limit: string;
  readonly all: boolean;
  readonly symbols?: string | undefined;
  readonly json: boolean;
}

const BYTES_MAX = PAGE_BYTES;

/** Tells where a value came from. @throws Failure */
export async function why(args: WhyArgs): Promise<ExitStatus> {
  const place = parsePlace('--at', args.at);
  const given = args.bytes === undefined ? undefined : numberOf('--bytes', args.bytes);
  if (given !== undefined && (given < 1 || given > BYTES_MAX))
    throw new Failure(`--bytes ${args.bytes}: give 1 to ${BYTES_MAX}`);
  const depth = countOf('--depth', args.depth);
  const limit = countOf('--limit', args.limit);
  const viewer = new Viewer(args.tape, args.symbols);
  const at = viewer.go(place);
  const subject = subjectOf(args.what, at, given);
  const { root, chain, origin } = causeChain(viewer.timeline, subject, { depth, limit, all: args.all });
  const disassembler = await openDisassembler();
  const told = chain.map(({ value, step }) => stepOf(value, step, at, disassembler));
  const { icount } = viewer.timeline.now;
  if (args.json) {
    printJson({ what: root.what, value: root.value, icount, chain: told, origin });
    return ExitStatus.ok;
  }
  const out = new LineOutput();
  out.line(`${root.what} = ${hex(root.value)} at ${momentText(icount)}`);
  for (const step of told) for (const line of linesOf(step)) out.line(line);
  out.line(`  ${origin.kind}: ${origin.what}`);
  out.flush();
  return ExitStatus.ok;
}

function subjectOf(what: string, { view, resolve }: Look, given: number | undefined): Subject {
  if (view.register(what) !== undefined) return { register: what };
  const isWord = /^[a-z_]\w*$/i.test(what);
  const { kind, at } = resolve(addressOf(isWord ? 'no register of this guest, nor an address:' : 'address', what));
  const bytes = given ?? (view.isAarch32 ? 4 : 8);
  const [first, ...others] = [...view.pieces(kind === 'va' ? 'virtual' : 'physical', at, bytes)];
  if (first?.ipa === undefined)
    throw new Failure(`va:${hex(at)}: no translation there at this moment; "hypertape translate" tells why`);
  if (others.length > 0)
    throw new Failure(`${kind}:${hex(at)}: ${bytes} bytes there go over a page; give fewer --bytes`);
  if (view.physical(first.ipa, bytes).length < bytes) throw new Failure(`pa:${hex(first.ipa)}: no memory of the guest`);
  return { pa: first.ipa, bytes };
}

/** A step, as JSON has it. */
export interface Told {
  readonly icount: number;
  readonly pc: string;
  readonly symbol?: string;
  readonly what: string;
  readonly value: bigint;
  readonly by: CauseStep['by'];
  readonly instruction?: string;
  readonly from: readonly { readonly kind: CauseInput['kind']; readonly what: string; readonly value: bigint }[];
}

/** A step of a chain as it is told. */
export function stepOf(
  { what, value }: CausedValue,
  { icount, pc, by, opcode, isa, inputs }: CauseStep,
  { symbolAt }: Look,
  disassembler: Disassembler | undefined,
): Told {
  const symbol = symbolAt(pc);
  const isInstruction = opcode !== undefined && isa !== undefined;
  return {
    ...{ icount, pc: hex(pc) },
    ...(symbol === undefined ? {} : { symbol }),
    ...{ what, value, by },
    ...(isInstruction ? { instruction: instructionText({ pc, opcode, isa }, disassembler) } : {}),
    from: inputs.map((input) => ({ kind: input.kind, what: input.value.what, value: input.value.value })),
  };
}

/** For people. */
export function linesOf({ icount, pc, symbol, what, value, by, instruction, from }: Told): string[] {
  const where = symbol === undefined ? pc : `${pc} ${symbol}`;
  const inputs = from.map((input) => `${input.what} = ${hex(input.value)} (${input.kind})`).join(', ');
  return [
    `  ${momentText(icount)}  ${where}: ${instruction ?? by}`,
    `    ${what} = ${hex(value)}${inputs === '' ? '' : ` from ${inputs}`}`,
  ];
}
