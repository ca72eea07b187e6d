import { kindOfInput } from '../../src/analysis/difference-kind.ts';
import { givenDifferences } from '../../src/analysis/disks.ts';
import type { HeaderDifference } from '../../src/analysis/headers.ts';
import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { checkComparable, findParting, partingOptions } from '../../src/explain/bisect.ts';
import type { CauseChain } from '../../src/explain/cause.ts';
import { type Effect, effectOf } from '../../src/explain/effect.ts';
import { type MemoryDifference, Pair, type Side } from '../../src/explain/pair.ts';
import type { Found, Since } from '../../src/explain/parting.ts';
import { type PartingCauses, partingCauses } from '../../src/explain/parting-cause.ts';
import { type Disassembler, openDisassembler } from '../../src/inspect/disassemble.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { lineOf } from '../../src/trace/events/index.ts';
import { stepOf, type ToldStep, linesOf as toldLines } from '../session/causes.ts';
import { withHostMemory } from '../session/host-memory.ts';
import { countOf } from '../session/numbers.ts';
import { type Progress, progress } from '../session/progress.ts';
import { LineOutput, printJson } from '../session/standard-output.ts';
import { countText, momentText } from '../session/units.ts';
import { type Look, lookWith, symbolsFor } from '../session/viewer.ts';
import { type Where, whereOf } from '../session/where.ts';
import { type Around, codeAround } from './code-around.ts';
import { type Both, eachSide, SIDES, type SideName } from './sides.ts';

/** Options of `bisect`. */
export interface BisectArgs {
  readonly a: string;
  readonly b: string;
  readonly tape?: string | undefined;
  readonly depth: string;
  readonly all: boolean;
  readonly symbols?: string | undefined;
  readonly symbolsB?: string | undefined;
  readonly json: boolean;
}

/** Something in which the two guests differ. */
interface Differs {
  /** `x0`, `pa:0x40001000` with its name, `pl011.imsc`; `turn`: whose turn it is. */
  readonly what: string;
  /** Of several whose register it is. */
  readonly vcpu?: number;
  readonly a: string;
  readonly b: string;
}
/** One side where they part. */
export interface ToldSide extends Where {
  readonly code: readonly Around[];
  readonly waits?: true;
  /** Whose turn ends there. */
  readonly ends?: number;
  readonly exceptions?: readonly string[];
  /** What it read that differed before. */
  readonly reads?: readonly string[];
}
interface ToldCause {
  readonly kind: string;
  readonly what: string;
  /** Of an input: the number of its event, and the tape that has it. */
  readonly event?: number;
  readonly side?: SideName;
  readonly headers?: readonly HeaderDifference[];
  /** What the chains are of, and how the instruction's result hangs on it. */
  readonly of?: string;
  readonly dependence?: PartingCauses['kind'];
  readonly chain?: Partial<Both<readonly ToldStep[]>>;
  readonly origin?: Partial<Both<CauseChain['origin']>>;
}
/** What is told of two tapes that part. */
export interface ToldFinding {
  readonly identical: false;
  readonly kind: Found['kind'];
  readonly icount: number;
  /** Whose instruction it is, in a as the rest of this. */
  readonly vcpu: number;
  readonly pc: string;
  readonly symbol?: string;
  readonly instruction: string;
  readonly differs: readonly Differs[];
  /** What differed already. */
  readonly before: readonly Differs[];
  readonly devices: readonly Differs[];
  readonly isCut?: true;
  readonly cause: ToldCause;
  readonly a: ToldSide;
  readonly b: ToldSide;
  /** Instructions that were run again to find the place, and for the causes. */
  readonly rerun: number;
  readonly rerunForCauses: number;
}

/**
 * Tells where two tapes' runs part.
 * @param seen is shown what was found, where an instruction has another effect
 * @throws Failure
 */
export async function bisectTapes(args: BisectArgs, seen?: (told: ToldFinding) => void): Promise<ExitStatus> {
  const depth = countOf('--depth', args.depth);
  if (args.tape !== undefined)
    throw new Failure(`${args.tape}: two tapes are compared; a third word goes with --versions`);
  const readers = { a: TapeReader.open(args.a), b: TapeReader.open(args.b) };
  checkComparable(readers.a, readers.b);
  const headers = givenDifferences(readers.a, readers.b);
  const options = partingOptions(readers.a, readers.b);
  const timelines = eachSide((side) => timelineOf(readers[side]));
  const pair = new Pair(timelines.a, timelines.b);
  const bar = progress('comparing', Math.max(timelines.a.last, timelines.b.last), true);
  const result = watched(pair, bar, () => findParting(pair, options));
  if (result.kind === 'semantics') {
    const cause = { kind: 'semantics', what: result.message, side: result.side };
    report(args.json, { identical: false, cause, rerun: pair.ran }, () => [
      `${readers[result.side].path} does not replay with this hypertape: ${result.message}`,
      '"hypertape bisect --versions" compares two programs on one tape',
    ]);
    return ExitStatus.finding;
  }
  const looks = {
    a: lookOf(pair.a, readers.a, args.symbols),
    b: lookOf(pair.b, readers.b, args.symbolsB ?? args.symbols),
  };
  const disassembler = await openDisassembler();
  if (result.kind === 'same') {
    if (result.since.length === 0) {
      const told = { identical: true, upTo: result.upTo, rerun: pair.ran };
      report(args.json, told, () => [`the same run, up to ${momentText(result.upTo)}`]);
      return ExitStatus.ok;
    }
    const cause = causeOf(result.since, headers);
    const told = { identical: false, upTo: result.upTo, differs: [], cause, rerun: pair.ran };
    report(args.json, told, () => [
      `no instruction has another effect, up to ${momentText(result.upTo)}`,
      `what differs: ${cause.what}`,
    ]);
    return ExitStatus.finding;
  }
  const sides = eachSide((side) => sideOf(looks[side], disassembler, result.vcpus[side]));
  const effect = effectOf(pair, result);
  const cause = causeOf(result.since, headers);
  const rerun = pair.ran;
  const causes = depth === 0 ? undefined : partingCauses(pair, result, effect, { depth, all: args.all });
  const chains = chainsOf(causes, looks, disassembler);
  const { icount, vcpu, pc, symbol, instruction } = sides.a;
  const told: ToldFinding = {
    ...{ identical: false, kind: result.kind, icount, vcpu, pc },
    ...(symbol === undefined ? {} : { symbol }),
    instruction,
    differs: [...registersOf(effect.registers), ...effect.memory.map((range) => memoryOf(range, looks.a))],
    before: [...registersOf(effect.before.registers), ...effect.before.memory.map((range) => memoryOf(range, looks.a))],
    devices: effect.devices,
    ...(effect.isCut ? { isCut: true as const } : {}),
    cause: { ...cause, ...chains },
    ...eachSide((side) => ({ ...sides[side], ...doneOf(effect[side], looks[side]) })),
    rerun,
    rerunForCauses: pair.ran - rerun,
  };
  report(args.json, told, () => linesOf(told, args, Math.max(timelines.a.last, timelines.b.last)));
  seen?.(told);
  return ExitStatus.finding;
}

const timelineOf = (reader: TapeReader): Timeline =>
  withHostMemory(Number(reader.header.machine.memoryBytes), () => new Timeline(reader));

const lookOf = ({ view }: Side, reader: TapeReader, symbols: string | undefined): Look =>
  lookWith(view, symbolsFor(reader, symbols), reader, { symbols });

function watched<T>(pair: Pair, bar: Progress, what: () => T): T {
  pair.onSlice = () => {
    const { machine } = pair.running.timeline;
    bar.update(machine.icount, pair.ran);
  };
  try {
    return what();
  } finally {
    pair.onSlice = undefined;
    bar.stop();
  }
}

function report(json: boolean, told: object, lines: () => readonly string[]): void {
  if (json) {
    printJson(told);
    return;
  }
  const out = new LineOutput();
  for (const line of lines()) out.line(line);
  out.flush();
}

const sideOf = (look: Look, disassembler: Disassembler | undefined, vcpu: number): ToldSide =>
  look.view.of(vcpu, () => ({
    ...whereOf(look, disassembler, vcpu),
    code: codeAround(look, disassembler),
  }));

const registersOf = (found: Effect['registers']): Differs[] =>
  found.map(({ what, vcpu, a, b }) => {
    const [ofA, ofB] = [a, b].map((value) => registerText(what, value)) as [string, string];
    return { what, ...(vcpu === undefined ? {} : { vcpu }), a: ofA, b: ofB };
  });
function registerText(what: string, value: bigint): string {
  if (what === 'icount') return String(value);
  return what === 'turn' ? `vCPU ${value}` : wide(value);
}
/** What differs, by whose it is. */
export const differsText = ({ what, vcpu }: Pick<Differs, 'what' | 'vcpu'>): string =>
  vcpu === undefined ? what : `${what} of vCPU ${vcpu}`;
/** Vector registers have more bits than `hex` shows. */
const wide = (value: bigint): string => `0x${value.toString(16)}`;

const bytesText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const BYTES_SHOWN = 32;
/** Steps of a chain that people are told. */
const [STEPS_FIRST, STEPS_LAST] = [10, 4];
function memoryOf({ pa, a, b }: MemoryDifference, { nameOf }: Look): Differs {
  const name = nameOf(BigInt(pa));
  const shown = (bytes: Uint8Array): string =>
    bytes.length > BYTES_SHOWN ? `${bytesText(bytes.subarray(0, BYTES_SHOWN))}...` : bytesText(bytes);
  return { what: `pa:${hex(pa)}${name === undefined ? '' : ` (${name})`}`, a: shown(a), b: shown(b) };
}

function doneOf(
  { waits, ends, exceptions, reads }: Effect['a'],
  { nameOf }: Look,
): Pick<ToldSide, 'waits' | 'ends' | 'exceptions' | 'reads'> {
  return {
    ...(waits ? { waits } : {}),
    ...(ends === undefined ? {} : { ends }),
    ...(exceptions.length === 0 ? {} : { exceptions: exceptions.map(({ kind, target }) => `${kind} to EL${target}`) }),
    ...(reads.length === 0
      ? {}
      : {
          reads: reads.map(({ pa, bytes }) => {
            const name = nameOf(BigInt(pa));
            return `${bytes} bytes at pa:${hex(pa)}${name === undefined ? '' : ` (${name})`}`;
          }),
        }),
  };
}

/** What made them differ: the last thing that came from outside before. */
function causeOf(since: readonly Since[], headers: readonly HeaderDifference[]): ToldCause {
  const last = since.at(-1);
  if (last?.kind === 'input') {
    const side = last.a === undefined ? 'b' : 'a';
    const input = last.a ?? last.b;
    const both = last.a !== undefined && last.b !== undefined;
    const lines = SIDES.flatMap((one) => {
      const event = last[one];
      return event === undefined ? [] : [`${one}, event ${event.ordinal}: ${lineOf(event).trim()}`];
    });
    return {
      kind: input === undefined ? 'input' : kindOfInput(input),
      what: lines.join('; '),
      ...(input === undefined ? {} : { event: input.ordinal }),
      ...(both ? {} : { side }),
      ...(headers.length === 0 ? {} : { headers }),
    };
  }
  const telling = headers.filter(({ what }) => what !== 'producer');
  const what = telling.map((one) => `${one.what}: ${one.a} and ${one.b}`).join('; ');
  return {
    kind: telling[0]?.kind ?? 'semantics',
    what: what === '' ? 'the states that the tapes begin with' : what,
    headers,
  };
}

/** Where what differs came from, on each side. */
function chainsOf(
  causes: PartingCauses | undefined,
  looks: Both<Look>,
  disassembler: Disassembler | undefined,
): Pick<ToldCause, 'of' | 'dependence' | 'chain' | 'origin'> {
  if (causes === undefined) return {};
  const chain: Partial<Record<SideName, readonly ToldStep[]>> = {};
  const origin: Partial<Record<SideName, CauseChain['origin']>> = {};
  for (const side of SIDES) {
    const caused = causes[side];
    if (caused === undefined) continue;
    chain[side] = caused.chain.map(({ value, step }) => stepOf(value, step, looks[side], disassembler));
    origin[side] = caused.origin;
  }
  return { of: causes.of, dependence: causes.kind, chain, origin };
}

/** What one side did in place of the other, for people. */
export const doingText = ({ waits, ends, exceptions = [], reads = [] }: ToldSide): string[] => [
  ...(waits ? ['waits on'] : []),
  ...(ends === undefined ? [] : [`is next, since the turn of vCPU ${ends} ends`]),
  ...exceptions.map((one) => `takes ${one}`),
  ...reads.map((one) => `reads ${one}, which differed`),
];
/** What it is that parts, for people. */
export const PARTINGS: Readonly<Record<ToldFinding['kind'], string>> = {
  instruction: 'the first instruction that has another effect',
  interrupt: 'one of them takes an interrupt',
  schedule: 'other vCPUs have their turns from there on',
};

function linesOf(told: ToldFinding, args: BisectArgs, longest: number): string[] {
  const { icount, kind, pc, symbol, instruction, differs, before, devices, cause, rerun } = told;
  const where = symbol === undefined ? pc : `${pc} ${symbol}`;
  const first = `the runs part at ${momentText(icount)}: ${PARTINGS[kind]}`;
  const table = (title: string, rows: readonly Differs[]): string[] => {
    if (rows.length === 0) return [];
    const whats = rows.map(differsText);
    const wideWhat = Math.max(...whats.map((what) => what.length));
    const wideA = Math.max(...rows.map(({ a }) => a.length));
    return [title, ...rows.map(({ a, b }, n) => `  ${whats[n]?.padEnd(wideWhat)}  ${a.padEnd(wideA)}  ${b}`)];
  };
  return [
    `a ${args.a}`,
    `b ${args.b}`,
    first,
    `  ${where}: ${instruction}`,
    ...table('differs after it', differs),
    ...table('differed before', before),
    ...table('devices and hypervisor', devices),
    ...(told.isCut ? ['  and more, which is not listed'] : []),
    `cause: ${cause.kind}: ${cause.what}`,
    ...SIDES.flatMap((side) => sideLines(side, told)),
    ...SIDES.flatMap((side) => chainLines(side, cause)),
    `${countText(rerun)} instructions were run again, ${(rerun / Math.max(1, longest)).toFixed(2)} of the longer tape`,
  ];
}

function sideLines(name: SideName, told: ToldFinding): string[] {
  const side = told[name];
  const frame = ({ pc, symbol }: Where['stack'][number]): string => (symbol === undefined ? pc : `${pc} ${symbol}`);
  const doing = doingText(side);
  return [
    `${name}: vCPU ${side.vcpu} at EL${side.el}${doing.length === 0 ? '' : `: ${doing.join(', ')}`}`,
    ...side.code.map(({ pc, text, isHere }) => `  ${isHere ? '>' : ' '} ${pc}: ${text}`),
    ...side.stack.map((one, n) => `  #${n} ${frame(one)}`),
  ];
}

function chainLines(name: SideName, { chain, origin, of, dependence }: ToldCause): string[] {
  const steps = chain?.[name];
  const from = origin?.[name];
  if (steps === undefined || from === undefined) return [];
  const how = dependence === 'data' ? '' : `, which it hangs on by ${dependence}`;
  const left = steps.length - STEPS_FIRST - STEPS_LAST;
  const told =
    left < 2
      ? steps.flatMap(toldLines)
      : [
          ...steps.slice(0, STEPS_FIRST).flatMap(toldLines),
          `  ... ${left} steps, which --json tells ...`,
          ...steps.slice(-STEPS_LAST).flatMap(toldLines),
        ];
  return [`causes of ${of}${how}, in ${name}`, ...told, `  ${from.kind}: ${from.what}`];
}
