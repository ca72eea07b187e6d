import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import {
  DISASSEMBLER_ADVICE,
  type Disassembler,
  instructionText,
  openDisassembler,
} from '../../src/inspect/disassemble.ts';
import { functionOf } from '../../src/replay/symbols/table.ts';
import { type GuestLook, observeStretch, type TraceObserver } from '../../src/timeline/observer.ts';
import { FunctionGraph } from '../tracing/function-graph.ts';
import { Probe, type Probed } from '../tracing/probe.ts';
import { TarmacTrace } from '../tracing/tarmac.ts';
import { parsePlace } from './places.ts';
import { jsonText, LineOutput, say, withoutControls } from './standard-output.ts';
import { momentText } from './units.ts';
import { type At, Viewer } from './viewer.ts';

/** Options of `trace`. */
export interface TraceArgs {
  readonly tape: string;
  readonly from: string;
  readonly to: string;
  readonly show?: 'instructions' | 'calls' | undefined;
  readonly symbol?: string | undefined;
  /** With instructions what they read and wrote. */
  readonly memory?: boolean;
  readonly probe?: readonly string[] | undefined;
  readonly observer?: readonly string[] | undefined;
  readonly symbols?: string | undefined;
  /** ELFs of the guest's programs. */
  readonly program?: readonly string[] | undefined;
  readonly json: boolean;
  /** How the option is called that says where it ends. */
  readonly toOption?: string;
}

/** Where lines go. */
export interface LineSink {
  line(text: string): void;
  flush(): void;
}

/** Instructions whose words are kept. */
const TEXTS_MAX = 1 << 16;

/** Prints what was asked for of a stretch. @throws Failure */
export async function trace(args: TraceArgs, out: LineSink = new LineOutput()): Promise<ExitStatus> {
  const { toOption = '--to' } = args;
  const [from, to] = [parsePlace('--from', args.from), parsePlace(toOption, args.to)];
  const line = (text: string): void => out.line(withoutControls(text));
  const { show = args.probe || args.observer ? undefined : 'instructions' } = args;
  if (args.json && (show !== undefined || !args.probe))
    throw new Failure('--json: only --probe tells of objects; leave it out');
  if (args.symbol !== undefined && show === undefined)
    throw new Failure(`--symbol ${args.symbol}: goes with --show instructions or --show calls`);
  if (args.memory === true && show !== 'instructions') throw new Failure('--memory: goes with --show instructions');
  const probes = (args.probe ?? []).map(
    (text) => new Probe(text, (seen) => line(args.json ? jsonText(seen) : probeLine(seen))),
  );
  const own = await Promise.all((args.observer ?? []).map((path) => observerOf(path, line)));
  const disassembler = show === 'calls' ? undefined : await openDisassembler();
  const viewer = new Viewer(args.tape, { symbols: args.symbols, programs: args.program });
  const { timeline } = viewer;
  viewer.go(to);
  const end = timeline.now.icount;
  const at = viewer.go(from);
  if (timeline.now.icount > end)
    throw new Failure(
      `--from ${args.from}: ${momentText(timeline.now.icount)}, behind ${toOption}, ${momentText(end)}`,
    );
  if (args.symbol !== undefined) viewer.addressesOf(args.symbol, `--symbol ${args.symbol}`);
  if (show === 'instructions' && disassembler === undefined) say(DISASSEMBLER_ADVICE);
  const observers = [...(show === undefined ? [] : [shower(show, args, at, line)]), ...probes, ...own];
  try {
    observeStretch(timeline, end, observers, lookOf(at, disassembler), (name) =>
      viewer.addressesOf(
        name,
        probes.some(({ functions }) => functions[0] === name) ? `--probe ${name}` : `function ${name}`,
      ),
    );
  } finally {
    out.flush();
  }
  return ExitStatus.ok;
}

function shower(
  show: 'instructions' | 'calls',
  { symbol, memory }: TraceArgs,
  { symbolAt }: At,
  line: (text: string) => void,
): TraceObserver {
  if (show === 'calls') return new FunctionGraph(line, symbol);
  const isMeant = (pc: bigint): boolean => functionOf(symbolAt(pc) ?? '') === symbol;
  return new TarmacTrace(line, symbol === undefined ? undefined : isMeant, memory);
}

/** As ftrace prints an event: seconds, and what happened. */
const probeLine = ({ icount, probe, args }: Probed): string =>
  `${(icount / 1e9).toFixed(9)}: ${probe}: ${Object.entries(args)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' && !/^(0x[0-9a-f]+|-?[0-9]+)$/.test(value) ? JSON.stringify(value) : value}`,
    )
    .join(' ')}`;

function lookOf({ view, symbolAt }: At, disassembler: Disassembler | undefined): GuestLook {
  const texts = new Map<string, string>();
  return {
    get vcpu() {
      return view.machine.cpu.loaded;
    },
    register: (name) => view.register(name),
    memory: (va, bytes) => view.virtual(va, bytes),
    symbolAt,
    text: (at) => {
      const key = `${at.pc} ${at.opcode} ${at.isa}`;
      let text = texts.get(key);
      if (text === undefined) {
        if (texts.size === TEXTS_MAX) texts.clear();
        texts.set(key, (text = instructionText(at, disassembler)));
      }
      return text;
    },
  };
}
/** The observer that a user's file exports: an object, or what makes one of a way to print a line. @throws Failure */
async function observerOf(path: string, line: (text: string) => void): Promise<TraceObserver> {
  if (!existsSync(path)) throw new Failure(`--observer ${path}: no such file`);
  const failed = (what: string, error: unknown): Failure =>
    new Failure(
      `--observer ${path}: ${what}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    );
  let exported: unknown;
  try {
    ({ default: exported } = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown });
  } catch (error) {
    throw failed('cannot be loaded', error);
  }
  const observer = typeof exported === 'function' ? (exported as (print: typeof line) => unknown)(line) : exported;
  if (typeof observer !== 'object' || observer === null)
    throw new Failure(`--observer ${path}: export an observer, or a function that makes one, as default`);
  // What goes wrong in it is its author's to mend.
  return new Proxy(observer as TraceObserver, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        try {
          return Reflect.apply(value, target, given);
        } catch (error) {
          throw failed(`its "${String(key)}" failed`, error);
        }
      };
    },
  });
}
