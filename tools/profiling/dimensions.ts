import type { Exit } from '../../src/analysis/exits.ts';
import { hex } from '../../src/base/bits.ts';
import { Failure } from '../../src/base/failure.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { BhyveExit, KvmClass, kvmClassName, syndromeOf, sysregName } from '../../src/trace/events/index.ts';
import { similarTo } from '../session/similar.ts';
import { FRAME_SEPARATOR } from './keys.ts';
import type { ProfiledTape } from './profiled-tape.ts';
import type { Wanted } from './replayed-exits.ts';

/** Forms of a profile. */
export const profileFormats = ['table', 'stats', 'collapsed', 'speedscope', 'pprof'] as const;
export type ProfileFormat = (typeof profileFormats)[number];

/** What exits are put together by. */
export interface Dimension {
  readonly name: string;
  /** Over the column of its keys. */
  readonly heading: string;
  /** The key of each exit of a tape. */
  readonly keysOf: (tape: ProfiledTape) => (exit: Exit) => string;
  /** What is to be looked at in a replay for it. */
  readonly looks?: 'stack' | 'task';
  /** Its keys name code. */
  readonly hasCode?: boolean;
}

/** What exits are put together by where nothing is said. */
export const BY = 'class';
/** The interrupts that are placed in list registers, instead of exits. */
export const INTID = 'intid';

/** The key of code that has no name. */
export const NO_SYMBOL = '(no symbol)';

const isMmio = ({ kvmClass, bhyveExit }: Exit): boolean =>
  kvmClass === KvmClass.DABT_LOW && bhyveExit === BhyveExit.INST_EMUL;

/** `pl011 UARTDR`, where the board has one there; the page otherwise. */
function deviceRegister({ registerAt }: ProfiledTape, exit: Exit): string | undefined {
  const { handled, hpfar } = exit;
  const isAccess = handled?.kind === 'mmio-read' || handled?.kind === 'mmio-write';
  if (!isAccess && !isMmio(exit)) return undefined;
  const ipa = isAccess ? handled.ipa : hpfar;
  return registerAt(ipa) ?? hex(ipa - (ipa % BigInt(PAGE_BYTES)));
}

/** A first touch of memory, which is mapped then; no device is asked. */
const memoryOr = (others: string, { bhyveExit }: Exit): string => (bhyveExit === BhyveExit.PAGING ? 'RAM' : others);

function systemRegister({ isArmv7 }: ProfiledTape, { handled, kvmClass, esr }: Exit): string | undefined {
  if (handled?.kind === 'sysreg-read' || handled?.kind === 'sysreg-write') return sysregName(handled.encoding);
  return syndromeOf(kvmClass, esr, isArmv7).register;
}

const functionAt = (tape: ProfiledTape, exit: Exit): string | undefined =>
  tape.namesByReplay ? tape.replayed(exit).symbol : tape.functionAt(exit.pc);
const placeAt = (tape: ProfiledTape, exit: Exit): string | undefined =>
  tape.namesByReplay ? tape.replayed(exit).place : tape.placeAt(exit.pc);

/** Every dimension of exits, in the order of help. */
export const dimensions: readonly Dimension[] = [
  { name: 'class', heading: 'VM-EXIT', keysOf: () => (exit) => kvmClassName(exit.kvmClass) },
  {
    name: 'symbol',
    heading: 'SYMBOL',
    keysOf: (tape) => (exit) => functionAt(tape, exit) ?? NO_SYMBOL,
    hasCode: true,
  },
  {
    name: 'pc',
    heading: 'PC',
    keysOf: (tape) => (exit) => `${hex(exit.pc)} ${placeAt(tape, exit) ?? ''}`.trimEnd(),
    hasCode: true,
  },
  {
    name: 'device',
    heading: 'DEVICE',
    keysOf: (tape) => (exit) => deviceRegister(tape, exit)?.replace(/ .*/, '') ?? memoryOr('(no device)', exit),
  },
  {
    name: 'register',
    heading: 'REGISTER',
    keysOf: (tape) => (exit) => deviceRegister(tape, exit) ?? memoryOr('(no device register)', exit),
  },
  {
    name: 'sysreg',
    heading: 'SYSREG',
    keysOf: (tape) => (exit) => systemRegister(tape, exit) ?? '(no system register)',
  },
  { name: 'vcpu', heading: 'VCPU', keysOf: () => (exit) => `vcpu${exit.vcpu}` },
  {
    name: 'stack',
    heading: 'STACK',
    keysOf: (tape) => (exit) => tape.replayed(exit).stack ?? '(no stack)',
    looks: 'stack',
  },
  { name: 'task', heading: 'TASK', keysOf: (tape) => (exit) => tape.replayed(exit).task ?? '(no task)', looks: 'task' },
];

/** Whether keys name code. */
export const namesCode = (by: readonly Dimension[]): boolean => by.some(({ hasCode }) => hasCode === true);

/** What is to be looked at in a replay; undefined where the tape alone tells. `names`: code of modules and programs is to be named too. */
export function wantedBy(by: readonly Dimension[], names: boolean): Wanted | undefined {
  const [stack, task] = (['stack', 'task'] as const).map((look) => by.some(({ looks }) => looks === look)) as [
    boolean,
    boolean,
  ];
  const code = namesCode(by);
  return stack || task || (code && names) ? { stack, task, code } : undefined;
}

/** What each stack calls at last, for flame graphs: which code traps where. */
const LEAVES: readonly string[] = ['class', 'device', 'register'];

/** The dimensions of a flame graph: behind stacks alone comes what the exits are. */
export function withLeaves(by: readonly Dimension[]): readonly Dimension[] {
  if (by.at(-1)?.looks !== 'stack') return by;
  return [...by, ...dimensions.filter(({ name }) => LEAVES.includes(name))];
}

/** Names that `--by` takes. */
export const dimensionNames: readonly string[] = [...dimensions.map(({ name }) => name), INTID];

/** `class`, or several with commas between. @throws Failure */
export function dimensionsOf(option: string, text: string): readonly Dimension[] | typeof INTID {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(INTID)) {
    if (names.length === 1) return INTID;
    throw new Failure(`${option} ${text}: ${INTID} counts interrupts, the others exits; give it alone`);
  }
  return names.map((name) => {
    const found = dimensions.find((dimension) => dimension.name === name);
    if (found !== undefined) return found;
    const similar = similarTo(name, dimensionNames);
    const hint = similar === undefined ? '' : `did you mean ${similar}? `;
    throw new Failure(`${option} ${name}: nothing to profile by; ${hint}there are ${dimensionNames.join(', ')}`);
  });
}

/** The key of each exit by all of them. */
export function keyOf(tape: ProfiledTape, by: readonly Dimension[]): (exit: Exit) => string {
  const keys = by.map(({ keysOf }) => keysOf(tape));
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return only;
  return (exit) => keys.map((key) => key(exit)).join(FRAME_SEPARATOR);
}
