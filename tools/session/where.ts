import { hex } from '../../src/base/bits.ts';
import { ExitStatus } from '../../src/base/failure.ts';
import type { SourceLine } from '../../src/explain/dwarf/line-table.ts';
import { guestRegisters } from '../../src/explain/guest-registers.ts';
import { recordedStack } from '../../src/inspect/call-stack.ts';
import {
  DISASSEMBLER_ADVICE,
  type Disassembler,
  encodingText,
  instructionBytes,
  instructionSetOf,
  openDisassembler,
} from '../../src/inspect/disassemble.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import { functionOf } from '../../src/replay/symbols/table.ts';
import { parsePlace } from './places.ts';
import { jsonText, LineOutput, say } from './standard-output.ts';
import { momentText } from './units.ts';
import { type Look, Viewer } from './viewer.ts';

/** Options of `where`. */
export interface WhereArgs {
  readonly tape: string;
  readonly at: readonly string[];
  readonly symbols?: string | undefined;
  /** ELFs of the guest's programs. */
  readonly program?: readonly string[] | undefined;
  readonly state?: boolean;
  readonly json: boolean;
}

/** An address of code, as JSON has it. */
interface NamedPc {
  readonly pc: string;
  readonly symbol?: string;
  readonly file?: string;
  readonly line?: number;
}
/** Where a guest is, as JSON has it. */
export interface Where {
  readonly icount: number;
  readonly vcpu: number;
  readonly pc: string;
  readonly symbol?: string;
  /** The line of source, as far as there is DWARF. */
  readonly file?: string;
  readonly line?: number;
  readonly el: number;
  readonly registers: Readonly<Record<string, string>>;
  readonly stack: readonly NamedPc[];
  readonly instruction: string;
  readonly encoding?: string;
}

/** Tells of each place in turn, as soon as it is reached. @throws Failure where one is not on the tape */
export async function where(args: WhereArgs): Promise<ExitStatus> {
  const places = args.at.map((place) => parsePlace('--at', place));
  const viewer = new Viewer(args.tape, { symbols: args.symbols, programs: args.program });
  const disassembler = await openDisassembler();
  if (disassembler === undefined && !args.json) say(DISASSEMBLER_ADVICE);
  for (const place of places) {
    const at = viewer.go(place);
    const [found, ...others] = at.view.vcpus.map((vcpu) => at.view.of(vcpu, () => whereOf(at, disassembler, vcpu)));
    if (found === undefined) continue;
    const out = new LineOutput();
    const seekMs = Math.round(at.seekMs * 100) / 100;
    const state = args.state === true ? { state: stateOf(at.view) } : {};
    const title = places.length > 1 ? place.wanted : undefined;
    const rest = others.length === 0 ? {} : { others };
    if (args.json) out.line(jsonText({ ...found, seekMs, ...state, ...rest }));
    else
      for (const line of [found, ...others].flatMap((one, n) => linesOf(one, n === 0 ? title : undefined)))
        out.line(line);
    out.flush();
  }
  return ExitStatus.ok;
}

const named = (pc: bigint, symbol: string | undefined, source: SourceLine | undefined): NamedPc => ({
  pc: hex(pc),
  ...(symbol === undefined ? {} : { symbol }),
  ...source,
});

/** Where a call returns to may be behind the function's end, where it is of one that does not return: the call itself is in it. */
function returnText(symbolAt: Look['symbolAt'], pc: bigint): string | undefined {
  const [, name, offset = '0', image = ''] = /^([^+ ]+)(?:\+(\w+))?( .*)?$/.exec(symbolAt(pc - 1n) ?? '') ?? [];
  return name === undefined ? undefined : `${name}+${hex(BigInt(offset) + 1n)}${image}`;
}

/** All of the guest, for who compares it with another. */
function stateOf(view: GuestView): object {
  const { machine } = view;
  const registers = [...guestRegisters(view)].map(([name, value]) => [name, `0x${value.toString(16)}`] as const);
  return {
    hash: machine.stateHash(),
    memory: Buffer.from(machine.ram.hash().root).toString('hex'),
    registers: Object.fromEntries(registers),
  };
}

/** The guest as it is. */
export function whereOf(
  { view, symbolAt, sourceAt, unwindingAt }: Look,
  disassembler: Disassembler | undefined,
  vcpu = view.machine.vm.current,
): Where {
  const functionAt = (pc: bigint) =>
    functionOf((pc === view.pc ? symbolAt(pc) : returnText(symbolAt, pc)) ?? '') || undefined;
  const frames = recordedStack(view, functionAt, { unwindingAt });
  const registers = Object.entries(view.registers()).map(([name, value]) => [name, hex(value)] as const);
  return {
    icount: view.machine.icount,
    vcpu,
    ...named(view.pc, symbolAt(view.pc), sourceAt(view.pc)),
    el: view.el,
    registers: Object.fromEntries(registers),
    stack: frames.map(({ pc, isInterrupted }, n) =>
      n === 0 || isInterrupted === true
        ? named(pc, symbolAt(pc), sourceAt(pc))
        : named(pc, returnText(symbolAt, pc), sourceAt(pc - 1n)),
    ),
    ...instructionOf(view, disassembler),
  };
}

function instructionOf(
  view: GuestView,
  disassembler: Disassembler | undefined,
): Pick<Where, 'instruction' | 'encoding'> {
  const set = instructionSetOf(view);
  const there = view.virtual(view.pc, 4);
  const bytes = there.subarray(0, instructionBytes(there, set));
  if (bytes.length < (set === 'T32' ? 2 : 4)) return { instruction: 'none: the address has no translation' };
  const encoding = encodingText(bytes, set);
  return { instruction: disassembler?.text(bytes, view.pc, set) ?? encoding, encoding };
}

const REGISTERS_A_LINE = 4;

function linesOf(at: Where, title: string | undefined): string[] {
  const place = ({ pc, symbol, file, line }: NamedPc): string =>
    `${pc}${symbol === undefined ? '' : ` ${symbol}`}${file === undefined ? '' : ` (${file}:${line})`}`;
  const registers = Object.entries(at.registers).map(([name, value]) => `${name.padEnd(6)} ${value.padEnd(18)}`);
  const rows = Array.from({ length: Math.ceil(registers.length / REGISTERS_A_LINE) }, (_, n) =>
    `  ${registers.slice(n * REGISTERS_A_LINE, (n + 1) * REGISTERS_A_LINE).join(' ')}`.trimEnd(),
  );
  return [
    ...(title === undefined ? [] : [`==> ${title} <==`]),
    `${momentText(at.icount)}, vCPU ${at.vcpu}, EL${at.el}`,
    `  ${place(at)}: ${at.instruction}`,
    ...rows,
    'stack',
    ...at.stack.map((frame, n) => `  #${n} ${place(frame)}`),
  ];
}
