import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import type { GuestView } from '../../src/inspect/guest-view.ts';
import type { StageResult, Translation, WalkStep } from '../../src/inspect/translate.ts';
import { addressOf } from './address.ts';
import { parsePlace } from './places.ts';
import { print, printJson } from './standard-output.ts';
import { bytesText, momentText } from './units.ts';
import { Viewer } from './viewer.ts';

/** Options of `translate`. */
export interface TranslateArgs {
  readonly tape: string;
  readonly address: string;
  readonly at: string;
  readonly symbols?: string | undefined;
  readonly json: boolean;
}

/** Tells what becomes of a virtual address. @throws Failure where the place is not on the tape */
export function translate(args: TranslateArgs): ExitStatus {
  const place = parsePlace('--at', args.at);
  if (args.address.startsWith('pa:')) throw new Failure(`address ${args.address}: give a virtual one`);
  const wanted = { ...addressOf('address', args.address), kind: 'va' } as const;
  const { view, resolve, nameOf } = new Viewer(args.tape, { symbols: args.symbols }).go(place);
  const { at: va } = resolve(wanted);
  const symbol = nameOf(va);
  const found = view.translate(va);
  const tlb = view.cachedIpa(va, view.el);
  if (args.json) printJson(jsonOf(view, found, symbol, tlb));
  else print(...linesOf(view, found, symbol, tlb));
  return ExitStatus.ok;
}

/** The IPA of a stage 1 descriptor, where it is the guest's own memory; else, and of stage 2, where it lies in the host's. */
const placeOf = (view: GuestView, { stage, at }: WalkStep): { ipa: number } | { pa: number } => {
  const ipa = stage === 1 ? view.ipaOfHost(at) : undefined;
  return ipa === undefined ? { pa: at } : { ipa };
};

function jsonOf(view: GuestView, found: Translation, symbol: string | undefined, tlb: number | undefined): object {
  const stageOf = ({ out, ...rest }: StageResult): object => ({ out: hex(out), ...rest });
  return {
    icount: view.machine.icount,
    va: hex(found.va),
    ...(symbol === undefined ? {} : { symbol }),
    el: view.el,
    format: found.format,
    ...(found.stage1 === undefined ? {} : { ipa: hex(found.stage1.out) }),
    ...(found.stage2 === undefined ? {} : { pa: hex(found.stage2.out) }),
    steps: found.steps.map((step) => {
      const at = Object.fromEntries(Object.entries(placeOf(view, step)).map(([kind, n]) => [kind, hex(n)]));
      const descriptor = hex(step.descriptor, 2 * step.bytes);
      return { stage: step.stage, level: step.level, ...at, descriptor, text: step.text };
    }),
    ...(found.stage1 === undefined ? {} : { stage1: stageOf(found.stage1) }),
    ...(found.stage2 === undefined ? {} : { stage2: stageOf(found.stage2) }),
    ...(found.fault === undefined ? {} : { fault: faultOf(found) }),
    ...(tlb === undefined ? {} : { tlb: hex(tlb) }),
  };
}

const faultOf = ({ fault }: Translation): object | undefined =>
  fault && { ...fault, status: hex(fault.status), ...(fault.ipa === undefined ? {} : { ipa: hex(fault.ipa) }) };

function linesOf(view: GuestView, found: Translation, symbol: string | undefined, tlb: number | undefined): string[] {
  const { va, format, steps, stage1, stage2, fault } = found;
  const of = symbol === undefined ? '' : `, ${symbol}`;
  const out = [`${momentText(view.machine.icount)}, EL${view.el}, stage 1 ${format}${of}`];
  for (const step of steps) {
    const [[kind, at] = ['pa', 0]] = Object.entries(placeOf(view, step));
    out.push(
      `  stage ${step.stage} level ${step.level}  ${kind}:${hex(at, 8)}  ${hex(step.descriptor, 2 * step.bytes)}  ${step.text}`,
    );
  }
  if (stage1 !== undefined) out.push(`va:${hex(va)} -> ipa:${hex(stage1.out)}  ${stageText(stage1)}`);
  if (stage2 !== undefined) out.push(`ipa:${hex(stage1?.out ?? 0n)} -> pa:${hex(stage2.out)}  ${stageText(stage2)}`);
  if (fault !== undefined) {
    const where = fault.onTableWalk ? ' on the walk of stage 1' : '';
    const ipa = fault.ipa === undefined ? '' : ` at ipa:${hex(fault.ipa)}`;
    out.push(
      `stage ${fault.stage} ${fault.type} fault, level ${fault.level}${where}${ipa} (status ${hex(fault.status, 2)})`,
    );
  }
  if (tlb !== undefined && tlb !== Number(stage1?.out ?? -1n))
    out.push(`the TLB has another translation: ipa:${hex(tlb)} (the guest changed the tables without a TLBI)`);
  return out;
}

function stageText(stage: StageResult): string {
  const { el0, el1, memory, shareability, blockBytes, global, domain } = stage;
  const more = [
    ...(global === undefined ? [] : [global ? 'global' : 'not global']),
    ...(domain === undefined ? [] : [`domain ${domain}`]),
  ];
  return [`EL1 ${el1}, EL0 ${el0}`, memory, shareability, `of ${bytesText(blockBytes)}`, ...more].join(', ');
}
