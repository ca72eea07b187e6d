import { differsText, doingText, PARTINGS, type ToldFinding, type ToldSide } from '../comparing/bisecting.ts';
import { SIDES, type SideName } from '../comparing/sides.ts';
import type { ToldStep } from '../session/causes.ts';
import type { CauseStep, Parting, PartingSide, PartingValue } from './report-data.ts';

/** What a page shows of what `bisect` found. */
export function partingOf(told: ToldFinding): Parting {
  const { icount, pc, symbol, instruction, kind, differs, before, devices, isCut = false, cause, rerun } = told;
  const values = (rows: typeof differs): PartingValue[] =>
    rows.map((row) => ({ what: differsText(row), a: row.a, b: row.b }));
  return {
    at: icount,
    title: PARTINGS[kind],
    place: placed(pc, symbol),
    instruction,
    differs: values(differs),
    before: values(before),
    devices,
    isCut,
    sides: SIDES.map((side) => sideOf(told, side)) as unknown as Parting['sides'],
    cause: { kind: cause.kind, text: cause.what },
    rerun,
  };
}

const placed = (pc: string, symbol: string | undefined): string => (symbol === undefined ? pc : `${pc} ${symbol}`);

function sideOf(told: ToldFinding, name: SideName): PartingSide {
  const side: ToldSide = told[name];
  const { of, dependence, chain, origin } = told.cause;
  const from = origin?.[name];
  const how = dependence === undefined || dependence === 'data' ? '' : `, which it hangs on by ${dependence}`;
  return {
    notes: [`vCPU ${side.vcpu}`, `EL${side.el}`, ...doingText(side)],
    code: side.code.map(({ isHere = false, ...line }) => ({ ...line, isHere })),
    stack: side.stack.map((frame) => placed(frame.pc, frame.symbol)),
    chainOf: of === undefined ? '' : `${of}${how}`,
    chain: (chain?.[name] ?? []).map(stepOf),
    ...(from === undefined ? {} : { origin: { kind: from.kind, text: from.what } }),
  };
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

const stepOf = ({ icount, pc, symbol, vcpu, what, value, by, instruction, from }: ToldStep): CauseStep => ({
  at: icount,
  place: `${vcpu === undefined ? '' : `vCPU ${vcpu} `}${placed(pc, symbol)}`,
  what,
  value: hex(value),
  by,
  ...(instruction === undefined ? {} : { instruction }),
  from: from.map((input) => `${input.kind} ${input.what} = ${hex(input.value)}`),
});
