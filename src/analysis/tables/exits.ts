import { bhyveExitName, kvmClassName, vmExit } from '../../trace/events/index.ts';
import { clockEvents, ExitClock } from '../exits.ts';
import type { ColumnType } from './column.ts';
import { code, column, type EventColumn, type EventTableDecl, nullable, stamp, wordOf } from './event-table.ts';
import type { DevicePlace, FrameRows } from './frame-rows.ts';

const IABT_LOW = 0x20;
const DABT_CUR = 0x25;
/** Whether the exit is an abort, which has addresses (Arm ARM DDI 0487, ESR_ELx.EC). */
const isAbort = (kvmClass: number): boolean => kvmClass >= IABT_LOW && kvmClass <= DABT_CUR;

/** An address of aborts; of other exits none. */
const address = (name: string, field: 'far' | 'hpfar', about: string): EventColumn<ColumnType> =>
  nullable(
    column(name, 'UBIGINT', about, (rows) => ({
      values: rows.words(field).values,
      nulls: Uint8Array.from(rows.numbers('kvmClass'), (kvmClass) => (isAbort(kvmClass) ? 0 : 1)),
    })),
  );

const texts = (rows: FrameRows, field: string, name: (value: number) => string): string[] =>
  Array.from(rows.numbers(field), name);

/** The devices at the addresses of aborts. */
const devices = (rows: FrameRows): (DevicePlace | undefined)[] => {
  const classes = rows.numbers('kvmClass');
  return rows.devices('hpfar').map((place, row) => (isAbort(classes[row] as number) ? place : undefined));
};

/** What the syndrome says. */
const said = (name: 'access' | 'transfer' | 'fault' | 'instruction', about: string): EventColumn =>
  nullable(column(name, 'VARCHAR', about, (rows) => rows.syndromes().map((syndrome) => syndrome[name] ?? null)));
const saidNumber = (name: 'size' | 'immediate', about: string): EventColumn =>
  nullable(
    column(name, 'INTEGER', about, (rows) =>
      Float64Array.from(rows.syndromes(), (syndrome) => syndrome[name] ?? Number.NaN),
    ),
  );

/** How far a vCPU had come since its exit before. */
const sinceExit = (name: 'instructions' | 'time_ns', about: string): EventColumn<'BIGINT'> => ({
  name,
  type: 'BIGINT',
  nullable: false,
  about,
  needs: clockEvents,
  reader: ({ clocks }) => {
    const clock = new ExitClock(clocks);
    return ({ frame }) => {
      const { tags, at, vcpus, count } = frame;
      const since = new Float64Array(frame.table(vmExit)?.count ?? 0);
      const next = new Uint16Array(0x100);
      let exit = 0;
      for (let place = 0; place < count; place++) {
        const tag = tags[place] as number;
        const row = next[tag] as number;
        next[tag] = row + 1;
        const seen = clock.see(frame, tag, row, at[place] as number, vcpus[place] as number);
        if (seen !== undefined) since[exit++] = name === 'instructions' ? seen.instructions : seen.timeNs;
      }
      return since;
    };
  },
});

/** Exits to the hypervisor. */
export const exits: EventTableDecl = {
  name: 'exits',
  about: 'an exit to the hypervisor',
  events: [vmExit],
  columns: [
    ...stamp,
    column('class', 'VARCHAR', "its class by KVM's name (ESR_ELx.EC): DABT_LOW, WFx, SYS64, IRQ, …", (rows) =>
      texts(rows, 'kvmClass', kvmClassName),
    ),
    column('class_code', 'INTEGER', 'ESR_EL2.EC (HSR.EC), 0x00 to 0x3f; from 0x40 on without a syndrome', (rows) =>
      rows.numbers('kvmClass'),
    ),
    column('bhyve', 'VARCHAR', "bhyve's name of it (enum vm_exitcode): INST_EMUL, REG_EMUL, WFI, PAGING, …", (rows) =>
      texts(rows, 'bhyveExit', bhyveExitName),
    ),
    column('bhyve_code', 'INTEGER', 'its number there', (rows) => rows.numbers('bhyveExit')),
    ...code,
    wordOf('esr', 'esr', 'ESR_EL2 (HSR)'),
    address('far', 'far', "an abort's virtual address, FAR_EL2"),
    address('ipa', 'hpfar', "an abort's intermediate physical address, whole"),
    said('access', 'read, write, fetch or cache maintenance'),
    saidNumber('size', 'bytes of the access, where the syndrome says (ISV)'),
    said('transfer', "the guest's register that is loaded or stored"),
    said('fault', "an abort's kind and level"),
    said('instruction', 'wfi or wfe'),
    saidNumber('immediate', 'of HVC, SMC and SVC'),
    nullable(
      column('device', 'VARCHAR', 'the device at the address: pl011, gicd, …', (rows) =>
        devices(rows).map((place) => place?.device ?? null),
      ),
    ),
    nullable(
      column(
        'register',
        'VARCHAR',
        "the device's register at the address, or the system register: UARTDR, CNTVCT_EL0",
        (rows) => {
          const places = devices(rows);
          return rows.syndromes().map(({ register }, row) => register ?? places[row]?.register ?? null);
        },
      ),
    ),
    sinceExit('instructions', "guest instructions since this vCPU's exit before; of its first, since the beginning"),
    sinceExit('time_ns', 'virtual time likewise: with idle skips and other vCPUs’ turns'),
  ],
};
