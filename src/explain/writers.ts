import { cellOfWrites, PC, readRegisterByte } from '../core/dependence/state-bytes.ts';
import { Writes } from '../core/dependence/writes.ts';
import * as cells from '../core/state/cells.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import { EditKind, edit, isEmitted } from '../trace/events/index.ts';
import { answersIn } from './answers.ts';
import { isRestored, writtenByException, writtenByReturn } from './exception-sources.ts';
import type { RecordedAccess, RecordedInstruction, RecordedStep, Recording } from './recording.ts';

/** Who wrote some of the bytes that were asked about. */
export interface Writer<Byte = number> {
  /** Index of the step in its recording. */
  readonly at: number;
  readonly bytes: readonly Byte[];
}
/** The last writers, the latest first, and what none of the steps wrote. */
export interface Found {
  readonly writers: readonly Writer[];
  readonly rest: readonly number[];
}

/** The steps of a recording that wrote bytes of a vCPU's registers last, before one of its steps. */
export function registerWriters(
  recording: Recording,
  registers: readonly number[],
  before: number,
  vcpu: number,
): Found {
  const writers: Writer[] = [];
  let rest = registers;
  for (let at = before - 1; at >= 0 && rest.length > 0; at--) {
    const step = recording.steps[at] as RecordedStep;
    if (step.vcpu !== vcpu) continue;
    const written = rest.filter(writes(recording, step));
    if (written.length === 0) continue;
    writers.push({ at, bytes: written });
    rest = rest.filter((register) => !written.includes(register));
  }
  return { writers, rest };
}

/** Whether a step wrote a register's byte: it changed it, or writes it whatever it finds. */
function writes(recording: Recording, step: RecordedStep): (register: number) => boolean {
  const before = recording.state(step.before);
  const after = recording.state(step.after);
  let certain: ReadonlySet<number> | undefined;
  const isCertain = (register: number): boolean =>
    mayWrite(step, before, register) && (certain ??= certainOf(recording, step)).has(register);
  let answered: ReadonlySet<number> | undefined;
  const isAnswered = (register: number): boolean => {
    if (step.events.length === 0) return false;
    return (answered ??= new Set(answersIn(step, before).flatMap(({ registers }) => registers))).has(register);
  };
  // All of a vCPU that is turned on begins anew.
  if (step.kind === 'pause' && step.caller !== undefined) return () => true;
  return (register) => {
    if (register >= PC) return leavesSequence(step, after);
    if (step.before !== step.after && readRegisterByte(before, register) !== readRegisterByte(after, register))
      return !(step.kind === 'pause' && isOfPstate(register) && isHypervisors(before, after));
    return isCertain(register) || isAnswered(register);
  };
}
/** The hypervisor's own PSTATE is in the place of the guest's while it has the CPU, and while another vCPU has its turn. */
const isHypervisors = (...states: readonly CellReader[]): boolean =>
  states.some((state) => state.get32(cells.CURRENT_EL) === 2);
const PSTATE: ReadonlySet<number> = new Set([
  ...[cells.DAIF, cells.CURRENT_EL, cells.SPSEL, cells.PSTATE_SS_IL, cells.AARCH32_MODE, cells.ITSTATE],
  ...[cells.CPSR_Q, cells.CPSR_GE, cells.CPSR_E],
]);
const isOfPstate = (register: number): boolean => PSTATE.has(register & ~3);

/** Going on with the next instruction is no write of PC that anybody asks about. */
function leavesSequence(step: RecordedStep, after: CellReader): boolean {
  if (step.kind !== 'instruction') return step.kind === 'exception';
  if (!step.retired) return false;
  const next = Number(step.pc & 0xffff_ffffn) + (step.isa === 't32' && step.opcode <= 0xffff ? 2 : 4);
  return [0, 1, 2, 3].some((byte) => ((next >>> (8 * byte)) & 0xff) !== readRegisterByte(after, PC + byte));
}
/** Of 8 bytes. */
const CELL_MASK = ~7;
function mayWrite(step: RecordedStep, before: CellReader, register: number): boolean {
  if (step.kind === 'exception') return true;
  if (step.kind === 'pause' || !step.retired || step.lifted === null) return false;
  const { targets, isReturn } = step.lifted;
  if (isReturn && isRestored(register)) return true;
  return targets.cells.has(cellOfWrites(before, register)) || targets.registers.has(register & CELL_MASK);
}
function certainOf(recording: Recording, step: RecordedStep): ReadonlySet<number> {
  if (step.kind === 'exception') return writtenByException(step.exception, recording.state(step.after));
  const execution = step.kind === 'instruction' ? recording.executionOf(step) : null;
  if (execution === null) return new Set();
  const written = new Writes(execution).certain();
  return execution.lifted.isReturn ? new Set([...written, ...writtenByReturn]) : written;
}

/** The steps of a recording that wrote guest-physical bytes last, before one of its steps. */
export function memoryWriters(recording: Recording, addresses: readonly number[], before: number): Found {
  const writers: Writer[] = [];
  let rest = addresses;
  for (let at = before - 1; at >= 0 && rest.length > 0; at--) {
    const stored = storedBy(recording.steps[at] as RecordedStep);
    if (stored.length === 0) continue;
    const written = rest.filter((pa) => stored.some(({ from, to }) => pa >= from && pa < to));
    if (written.length === 0) continue;
    writers.push({ at, bytes: written });
    rest = rest.filter((pa) => !written.includes(pa));
  }
  return { writers, rest };
}

interface Range {
  readonly from: number;
  readonly to: number;
}
function storedBy(step: RecordedStep): readonly Range[] {
  const edited = step.events.flatMap(({ decl, fields }): Range[] => {
    if (!isEmitted(edit, decl, fields) || fields.what !== EditKind.memory) return [];
    const from = Number(fields.ipa);
    return [{ from, to: from + fields.bytes.length }];
  });
  const stores = step.kind === 'instruction' ? madeStores(step) : [];
  const devices = step.deviceWrites.map(({ pa, bytes }) => ({ from: pa, to: pa + bytes }));
  return [
    ...edited,
    ...devices,
    ...stores.flatMap(({ pieces }) => pieces.map(({ pa, bytes }) => ({ from: pa, to: pa + bytes }))),
  ];
}

const isInMemory = ({ pieces }: RecordedAccess): boolean => pieces.length > 0 && pieces.every(({ pa }) => pa >= 0);
/** Stores that were made: of an instruction that was abandoned, those before the one that failed. */
export function madeStores({ accesses, retired }: RecordedInstruction): readonly RecordedAccess[] {
  const failed = retired ? -1 : accesses.findIndex((access) => !isInMemory(access));
  const made = retired ? accesses : accesses.slice(0, Math.max(failed, 0));
  return made.filter((access) => access.isStore && isInMemory(access));
}
