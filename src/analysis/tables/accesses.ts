import { mmioRead, mmioWrite, stage2Map, sysregRead, sysregWrite, vmExit } from '../../trace/events/index.ts';
import {
  code,
  column,
  type EventColumn,
  type EventTableDecl,
  exitOrdinal,
  nameOf,
  nullable,
  numberOf,
  stamp,
  wordOf,
} from './event-table.ts';
import type { FrameRows } from './frame-rows.ts';

/** `read` or `write`, of a table that has an event for each. */
const access = column('access', 'VARCHAR', 'read or write', (rows) =>
  Array.from(rows.places, (_, row) =>
    rows.decl(row) === mmioRead || rows.decl(row) === sysregRead ? 'read' : 'write',
  ),
);
const exit = exitOrdinal(vmExit);
const value = wordOf('value', 'value', 'what was read or written, zero-extended');
const rt = numberOf('rt', 'INTEGER', 'rt', "number of the guest's register, 31 for the zero register");

const device = (name: 'device' | 'register', about: string): EventColumn =>
  nullable(
    column(name, 'VARCHAR', about, (rows: FrameRows) => rows.devices('ipa').map((place) => place?.[name] ?? null)),
  );

/** Accesses to devices that the hypervisor emulates. */
export const mmio: EventTableDecl = {
  name: 'mmio',
  about: 'an access to a device',
  events: [mmioRead, mmioWrite],
  columns: [
    ...stamp,
    exit,
    access,
    ...code,
    wordOf('ipa', 'ipa', 'guest-physical address'),
    device('device', 'the device there: pl011, gicd, …'),
    device('register', 'its register by its manual: UARTDR, …'),
    numberOf('size', 'INTEGER', 'size', 'bytes'),
    value,
    rt,
  ],
};

/** Accesses to system and coprocessor registers that trap. */
export const sysregs: EventTableDecl = {
  name: 'sysregs',
  about: 'an access to a system or coprocessor register that traps',
  events: [sysregRead, sysregWrite],
  columns: [
    ...stamp,
    exit,
    access,
    ...code,
    nameOf(
      'register',
      'encoding',
      'its name: CNTVCT_EL0, ICC_SGI1R_EL1; one without a name as the assembler writes it',
    ),
    wordOf('encoding', 'encoding', 'as KVM packs it (ARM64_SYS_REG); coprocessor registers have bit 31'),
    value,
    rt,
  ],
};

/** Stage 2 grows. */
export const stage2: EventTableDecl = {
  name: 'stage2',
  about: 'memory that stage 2 maps at its first use',
  events: [stage2Map],
  columns: [
    ...stamp,
    exit,
    wordOf('ipa', 'ipa', 'guest-physical address of the mapping'),
    numberOf('bytes', 'BIGINT', 'bytes', 'its size'),
    wordOf('esr', 'esr', 'syndrome of the fault'),
  ],
};
