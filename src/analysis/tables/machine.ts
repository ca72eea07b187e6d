import { hexOf } from '../../base/bytes.ts';
import {
  consoleIn,
  consoleOut,
  type EventDecl,
  edit as editEvent,
  externalIn,
  externalOut,
  idleSkip,
  psci as psciCall,
  runEnd,
  stateHash,
  suspend,
  vcpuTurn,
  vmExit,
  wfi,
} from '../../trace/events/index.ts';
import {
  code,
  column,
  type EventColumn,
  type EventTableDecl,
  eventName,
  exitOrdinal,
  nameOf,
  nullable,
  numberOf,
  stamp,
  wordOf,
} from './event-table.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A field of text; an empty one is none. */
const textOf = (name: string, field: string, about: string): EventColumn =>
  nullable(
    column(name, 'VARCHAR', about, (rows) =>
      rows.blobs(field).map((text) => (typeof text === 'string' && text !== '' ? text : null)),
    ),
  );
const bytesOf = (about: string): EventColumn<'BLOB'> =>
  column('bytes', 'BLOB', about, (rows) =>
    rows.blobs('bytes').map((bytes) => (bytes instanceof Uint8Array ? bytes : null)),
  );

const direction = (into: EventDecl): EventColumn =>
  column('direction', 'VARCHAR', 'out or in', (rows) =>
    Array.from(rows.places, (_, row) => (rows.decl(row) === into ? 'in' : 'out')),
  );

/** Calls of the hypervisor. */
export const psci: EventTableDecl = {
  name: 'psci',
  about: 'a PSCI or other SMCCC call with its answer (psci), or what one leads to (suspend)',
  events: [psciCall, suspend],
  columns: [
    ...stamp,
    exitOrdinal(vmExit),
    eventName,
    nullable(nameOf('function', 'functionId', 'psci: its name: CPU_ON, SYSTEM_OFF, SMCCC_VERSION')),
    nullable(wordOf('function_id', 'functionId', 'psci: its identifier')),
    ...[0, 1, 2, 3].map((i) => nullable(wordOf(`arg${i}`, `arg${i}`, `psci: argument ${i}`))),
    nullable(wordOf('result', 'result', 'psci: what the guest gets')),
    nullable(nameOf('how', 'how', 'suspend: RESET, POWEROFF, HALT, DESTROY')),
  ],
};

/** The guest's console. */
export const consoleTable: EventTableDecl = {
  name: 'console',
  about: 'bytes that the guest sends to a console (out), or is sent (in)',
  events: [consoleOut, consoleIn],
  columns: [
    ...stamp,
    direction(consoleIn),
    numberOf(
      'device',
      'INTEGER',
      'device',
      'number of the console: the UART 0, of a virtio console 1, of its ports from 2',
    ),
    nullable(
      column('port', 'VARCHAR', 'its name: hvc0, or that of a port; none of the UART', (rows) =>
        Array.from(rows.numbers('device'), (device) => rows.names.portAt(device) ?? null),
      ),
    ),
    column('text', 'VARCHAR', 'the bytes as UTF-8', (rows) =>
      rows.blobs('bytes').map((bytes) => (bytes instanceof Uint8Array ? utf8.decode(bytes) : '')),
    ),
    bytesOf('as they are'),
  ],
};

/** What else crosses to and from outside. */
export const external: EventTableDecl = {
  name: 'external',
  about:
    'bytes that a device of the guest sends outside (external-out), or is sent (external-in): frames of a network, input of ports',
  events: [externalIn, externalOut],
  columns: [
    ...stamp,
    direction(externalIn),
    textOf('channel', 'channel', 'what they go by: net-0, console-0:PORT'),
    bytesOf('as they are'),
  ],
};

/** Who runs. */
export const schedule: EventTableDecl = {
  name: 'schedule',
  about:
    'a vCPU begins to wait (wfi), time is skipped while none runs (idle-skip), or another has its turn (vcpu-turn)',
  events: [wfi, idleSkip, vcpuTurn],
  columns: [
    ...stamp,
    eventName,
    ...code.map((declared) => nullable(declared)),
    nullable(
      column('to_icount', 'BIGINT', 'idle-skip: where time goes on, unless something wakes a vCPU earlier', (rows) =>
        Float64Array.from(rows.numbers('to'), (to, row) => (rows.decl(row) === idleSkip ? to : Number.NaN)),
      ),
    ),
    nullable(numberOf('from_vcpu', 'INTEGER', 'from', 'vcpu-turn: whose turn ends')),
    nullable(
      column('to_vcpu', 'INTEGER', 'vcpu-turn: whose turn begins', (rows) =>
        Float64Array.from(rows.numbers('to'), (to, row) => (rows.decl(row) === vcpuTurn ? to : Number.NaN)),
      ),
    ),
  ],
};

/** Changes from outside. */
export const edits: EventTableDecl = {
  name: 'edits',
  about: 'a change from outside ("hypertape fork")',
  events: [editEvent],
  columns: [
    ...stamp,
    nameOf('what', 'what', 'register, memory, interrupt, device-read, power-key, private-interrupt'),
    textOf('register', 'register', 'name of the register'),
    wordOf('ipa', 'ipa', 'guest-physical address of the memory'),
    wordOf('value', 'value', 'new value of the register or of the next read, or the INTID'),
    bytesOf('new bytes of the memory'),
  ],
};

/** What a replay is checked by. */
export const hashes: EventTableDecl = {
  name: 'hashes',
  about: 'a hash of the whole state (state-hash), or how the run ended with the last one (run-end)',
  events: [stateHash, runEnd],
  columns: [
    ...stamp,
    eventName,
    nullable(
      column('hash', 'VARCHAR', 'of the state, in hexadecimal: 16 bytes of it, at the end 32', (rows) => {
        const ends = rows.blobs('stateHash');
        return rows
          .blobs('hash')
          .map((hash, row) => (hash instanceof Uint8Array ? hexOf(hash) : String(ends[row]) || null));
      }),
    ),
    textOf('outcome', 'outcome', 'run-end: as "record" prints it: poweroff, reset, panic, …'),
    textOf('reason', 'reason', 'run-end: the same for a person'),
    textOf('console_sha256', 'consoleSha256', 'run-end: of all that the guest sent'),
  ],
};
