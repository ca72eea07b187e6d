import { Slice } from '../core/dependence/slice.ts';
import { PC } from '../core/dependence/state-bytes.ts';
import { Kind } from '../core/dependence/types.ts';
import * as cells from '../core/state/cells.ts';
import type { CellReader } from '../core/state/pe-state.ts';
import {
  EditKind,
  type EventDecl,
  edit,
  type FieldsOf,
  isEmitted,
  type Stamp,
  suspend,
  vmExit,
} from '../trace/events/index.ts';
import { type Answer, answersIn, generalByte } from './answers.ts';
import type { CauseStep, Origin } from './cause.ts';
import { type ByteSource, exceptionSource, returnSource } from './exception-sources.ts';
import { type Found, inputsOf, registerValues, tableValues } from './inputs.ts';
import type {
  RecordedAccess,
  RecordedException,
  RecordedInstruction,
  RecordedPause,
  RecordedStep,
  Recording,
  SeenEvent,
} from './recording.ts';
import { madeStores } from './writers.ts';

/** What a step made some bytes of. */
export interface StepCause {
  readonly by: CauseStep['by'];
  readonly inputs: readonly Found[];
  /** Where the bytes came in, where no inputs are data. */
  readonly origin?: Origin;
}

/** Registers' bytes, or guest-physical ones. */
export type Bytes = { readonly registers: readonly number[] } | { readonly memory: readonly number[] };

type RegisterAt = (ipa: bigint) => string | undefined;

/** What a device wrote last of some bytes, behind the instruction that called for it. */
function deviceCause({ deviceWrites }: RecordedStep, bytes: Bytes): StepCause | undefined {
  if (!('memory' in bytes)) return undefined;
  const write = deviceWrites.findLast(({ pa, bytes: count }) => bytes.memory.some((at) => at >= pa && at < pa + count));
  if (write === undefined) return undefined;
  const origin: Origin = write.event ? eventOrigin(write.event) : { kind: 'event', what: 'a device wrote it' };
  if (write.isLoader)
    return { by: 'hypervisor', inputs: [], origin: { ...origin, what: `${origin.what}; the machine was loaded anew` } };
  return { by: 'hypervisor', inputs: [], origin };
}

/** What one step of a recording made some bytes of that it wrote. */
export function causeOf(recording: Recording, at: number, bytes: Bytes, registerAt: RegisterAt): StepCause {
  const step = recording.steps[at];
  if (step === undefined) throw new RangeError('a step of the recording');
  const device = deviceCause(step, bytes);
  if (device !== undefined) return device;
  switch (step.kind) {
    case 'instruction':
      return ofInstruction(recording, step, bytes, registerAt);
    case 'exception':
      return ofException(recording, step, bytes, registerAt);
    default:
      return ofPause(recording, step, bytes);
  }
}

const unfollowed = (what: string): Origin => ({ kind: 'unfollowed', what });
const text = (decl: EventDecl, fields: Stamp): string => decl.text(fields);
const eventOrigin = ({ ordinal, decl, fields }: SeenEvent): Origin => ({
  ...{ kind: 'event', event: ordinal, what: `${decl.name}: ${text(decl, fields)}` },
});

/** A change from outside to a register of the step's vCPU, or to a byte of memory. */
function editOf({ events, vcpu }: RecordedStep, bytes: Bytes): SeenEvent | undefined {
  return events.findLast(({ decl, fields }) => {
    if (!isEmitted(edit, decl, fields)) return false;
    if ('registers' in bytes) return fields.what === EditKind.register && fields.vcpu === vcpu;
    return fields.what === EditKind.memory && bytes.memory.some((pa) => covers(fields, pa));
  });
}
const covers = ({ ipa, bytes }: FieldsOf<typeof edit>, pa: number): boolean =>
  pa >= Number(ipa) && pa < Number(ipa) + bytes.length;

/** The answer of the hypervisor that some of these bytes are of. */
const answerOf = (step: RecordedStep, before: CellReader, registers: readonly number[]): Answer | undefined =>
  answersIn(step, before).findLast((answer) => answer.registers.some((one) => registers.includes(one)));

/** Sources of bytes that exceptions and returns write, put together. */
interface Gathered {
  readonly registers: Set<number>;
  readonly given: Set<number>;
  isAddress: boolean;
  byAddress: ByteSource['byAddress'];
  constant: string | undefined;
}
function gather(sources: readonly ByteSource[]): Gathered {
  const gathered: Gathered = {
    ...{ registers: new Set(), given: new Set(), isAddress: false },
    ...{ byAddress: undefined, constant: undefined },
  };
  for (const { registers = [], given = [], isAddress, byAddress, constant } of sources) {
    for (const register of registers) gathered.registers.add(register);
    for (const cell of given) gathered.given.add(cell);
    gathered.isAddress ||= isAddress === true;
    gathered.byAddress ??= byAddress;
    gathered.constant ??= constant;
  }
  return gathered;
}
const isSource = (source: ByteSource | undefined): source is ByteSource => source !== undefined;

function ofInstruction(
  recording: Recording,
  step: RecordedInstruction,
  bytes: Bytes,
  registerAt: RegisterAt,
): StepCause {
  const execution = recording.executionOf(step);
  const state = recording.state(step.before);
  const edited = editOf(step, bytes);
  if (edited !== undefined) return { by: 'edit', inputs: [], origin: eventOrigin(edited) };
  if (execution === null) return { by: 'cpu', inputs: [], origin: unfollowed('an instruction that is not known here') };
  const slice = new Slice(execution, step.accesses);
  const further: Found[] = [];
  let origin: Origin | undefined;
  if ('memory' in bytes) {
    for (const store of madeStores(step)) slice.ofStore(store, offsetsIn(store, bytes.memory));
    origin = { kind: 'constant', what: 'of the instruction itself' };
  } else {
    const rest = bytes.registers.filter((register) => !slice.ofRegister(register));
    origin = { kind: 'constant', what: 'of the instruction itself' };
    if (rest.length > 0) {
      const returned = execution.lifted.isReturn
        ? rest.map((register) => returnSource(register, execution.lifted.nodes, state)).filter(isSource)
        : [];
      const answer = answerOf(step, state, rest);
      if (returned.length > 0) {
        const { registers, given, constant } = gather(returned);
        for (const cell of given) slice.ofCell(cell);
        further.push(...dataOf(registerValues(registers, state)));
        if (constant !== undefined) origin = { kind: 'constant', what: constant };
      } else if (answer !== undefined) return { by: 'hypervisor', inputs: [], origin: eventOrigin(answer.event) };
      else {
        // What a write of a register brings about beside it: of the value written, and of what was there.
        for (let byte = 0; byte < 8; byte++) slice.ofCell(cells.ARG_VALUE + byte);
        further.push(...dataOf(registerValues(rest, state)));
      }
    }
  }
  const inputs = [
    ...further,
    ...inputsOf(slice.finish(), { icount: step.icount, state, events: step.events, tables: step.tables, registerAt }),
  ];
  inputs.sort((a, b) => rank(a) - rank(b));
  const hasData = inputs.some(({ kind }) => kind === 'data');
  return { by: 'cpu', inputs, ...(hasData ? {} : { origin }) };
}
const rank = ({ kind }: Found): number => Kind[kind];
const dataOf = (values: readonly Found['value'][]): Found[] => values.map((value) => ({ kind: 'data', value }));
const asAddress = (values: readonly Found['value'][]): Found[] => values.map((value) => ({ kind: 'address', value }));
const PC_BYTES = Array.from({ length: 8 }, (_, byte) => PC + byte);

/** Which bytes of an access lie at some guest-physical addresses. */
function offsetsIn({ pieces }: RecordedAccess, addresses: readonly number[]): number[] {
  let start = 0;
  return pieces.flatMap(({ pa, bytes }) => {
    const offsets = addresses.filter((at) => at >= pa && at < pa + bytes).map((at) => start + at - pa);
    start += bytes;
    return offsets;
  });
}

function ofException(
  recording: Recording,
  { icount, exception, before, after, of, events }: RecordedException,
  bytes: Bytes,
  registerAt: RegisterAt,
): StepCause {
  if ('memory' in bytes) return { by: 'exception', inputs: [], origin: unfollowed('an exception') };
  const state = recording.state(before);
  const sources = bytes.registers.map((register) =>
    exceptionSource(register, exception, state, recording.state(after)),
  );
  const { registers, isAddress, byAddress, constant } = gather(sources.filter(isSource));
  const inputs = dataOf(registerValues(registers, state));
  const execution = (isAddress || byAddress === 'access') && of ? recording.executionOf(of) : null;
  if (execution !== null && of) {
    const slice = new Slice(execution, of.accesses);
    for (const access of of.accesses) slice.ofAddress(access);
    const step = { icount, state, events, tables: of.accesses.flatMap(({ tables }) => tables), registerAt };
    const found = inputsOf(slice.finish(), step);
    inputs.push(...(isAddress ? found : asAddress([...found.map(({ value }) => value), ...tableValues(step)])));
  }
  if (byAddress === 'pc') inputs.push(...asAddress(registerValues(PC_BYTES, state)));
  if (inputs.some(({ kind }) => kind === 'data')) return { by: 'exception', inputs };
  const what = constant ?? 'what the exception changes beside its own registers';
  return { by: 'exception', inputs, origin: constant === undefined ? unfollowed(what) : { kind: 'constant', what } };
}

function ofPause(recording: Recording, step: RecordedPause, bytes: Bytes): StepCause {
  const { events, caller } = step;
  if (caller !== undefined && 'registers' in bytes) return ofCall(recording, caller, bytes.registers);
  const edited = editOf(step, bytes);
  if (edited !== undefined) return { by: 'edit', inputs: [], origin: eventOrigin(edited) };
  const answered = 'registers' in bytes ? answerOf(step, recording.state(step.before), bytes.registers) : undefined;
  // Behind a reset all is as the machine was built.
  const reset = events.findLast(({ decl }) => decl.tag === suspend.tag);
  const answer = answered?.event ?? reset ?? events.findLast(({ decl }) => decl.tag === vmExit.tag);
  const origin = answer
    ? eventOrigin(answer)
    : unfollowed('it changed between two instructions: the hypervisor, or time');
  return { by: 'hypervisor', inputs: [], origin };
}

/** X2 and X3: where CPU_ON begins, and what is in X0 then. Arm DEN0022 (PSCI), 5.4. */
const CPU_ON = { entry: 2, context: 3 } as const;
/** Another vCPU's call turned this one on. */
function ofCall(
  recording: Recording,
  { vcpu, state: number, event }: NonNullable<RecordedPause['caller']>,
  registers: readonly number[],
): StepCause {
  const state = recording.state(number);
  const given = registers.flatMap((register) => {
    if (register >= PC) return [generalByte(state, CPU_ON.entry, register - PC)];
    const byte = register - generalByte(state, 0, 0);
    return byte >= 0 && byte < 8 ? [generalByte(state, CPU_ON.context, byte)] : [];
  });
  if (given.length === 0) return { by: 'hypervisor', inputs: [], origin: eventOrigin(event) };
  const values = registerValues(given, state).map((value) => ({
    ...value,
    ...(value.place !== null && 'registers' in value.place ? { place: { ...value.place, vcpu } } : {}),
  }));
  return { by: 'hypervisor', inputs: dataOf(values) };
}
