import type { ToldFinding, ToldSide } from '../comparing/bisecting.ts';
import { SIDES, type SideName } from '../comparing/sides.ts';
import type { ToldStep } from '../session/causes.ts';
import type { CauseStep, Parting, PartingSide } from './report-data.ts';

/** What a page shows of what `bisect` found. */
export function partingOf(told: ToldFinding): Parting {
  const { icount, pc, symbol, instruction, differs, before, devices, isCut = false, cause, rerun } = told;
  return {
    at: icount,
    place: placed(pc, symbol),
    instruction,
    differs,
    before,
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
    notes: [
      `EL${side.el}`,
      ...(side.waits ? ['waits on'] : []),
      ...(side.exceptions ?? []).map((one) => `takes ${one}`),
      ...(side.reads ?? []).map((one) => `reads ${one}, which differed`),
    ],
    code: side.code.map(({ isHere = false, ...line }) => ({ ...line, isHere })),
    stack: side.stack.map((frame) => placed(frame.pc, frame.symbol)),
    chainOf: of === undefined ? '' : `${of}${how}`,
    chain: (chain?.[name] ?? []).map(stepOf),
    ...(from === undefined ? {} : { origin: { kind: from.kind, text: from.what } }),
  };
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

const stepOf = ({ icount, pc, symbol, what, value, by, instruction, from }: ToldStep): CauseStep => ({
  at: icount,
  place: placed(pc, symbol),
  what,
  value: hex(value),
  by,
  ...(instruction === undefined ? {} : { instruction }),
  from: from.map((input) => `${input.kind} ${input.what} = ${hex(input.value)}`),
});
