import { expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { EventTable, grouped, rawLine } from './event-lines.ts';

const symbolAt = (pc: bigint) => (pc >= 0x4008_1000n ? 'console_put+0x4' : undefined);
const registerAt = (at: bigint) => (at === 0x900_0000n ? 'pl011 UARTDR' : undefined);
const names = { symbolAt, registerAt, isArmv7: false };
const exit = (more: object, ordinal = 0): RecordedEvent =>
  ({
    kind: 'vm-exit',
    ordinal,
    at: 24_443,
    vcpu: 0,
    pc: 0x4008_1004n,
    bhyveExit: 1,
    kvmClass: 0x24,
    esr: 0x9381_0046,
    far: 0xffff_8000_0900_0000n,
    hpfar: 0x900_0000n,
    ...more,
  }) as RecordedEvent;
const write = {
  kind: 'mmio-write',
  ordinal: 1,
  at: 24_443,
  vcpu: 0,
  pc: 0x4008_1004n,
  ipa: 0x900_0000n,
  size: 4,
  value: 0x64n,
  rt: 1,
} as RecordedEvent;
const groups = (...events: RecordedEvent[]) => [...grouped(events)].map((group) => group.map(({ kind }) => kind));
const lines = (isArmv7: boolean, ...events: RecordedEvent[]) => {
  const table = new EventTable({ ...names, isArmv7 }, false);
  return [...grouped(events)].map((group) => table.line(group));
};

test('an exit and what was done about it are one line; nothing else is', () => {
  const wfi = { kind: 'wfi', ordinal: 1, at: 24_444, vcpu: 0, pc: 0x4008_1004n } as RecordedEvent;
  const irq = { kind: 'irq-ack', ordinal: 1, at: 24_443, vcpu: 0, intid: 27 } as RecordedEvent;
  expect(groups(exit({}), write)).toEqual([['vm-exit', 'mmio-write']]);
  expect(groups(exit({ kvmClass: 1 }), wfi)).toEqual([['vm-exit', 'wfi']]);
  expect(groups(exit({}), irq, write)).toEqual([['vm-exit'], ['irq-ack'], ['mmio-write']]);
  expect(groups(exit({}), { ...write, at: 24_450 })).toEqual([['vm-exit'], ['mmio-write']]);
  expect(groups(exit({}), { ...write, vcpu: 1 })).toEqual([['vm-exit'], ['mmio-write']]);
  expect(groups(write, exit({}), exit({}))).toEqual([['mmio-write'], ['vm-exit'], ['vm-exit']]);
});

test('a line has the event, when, where, and what it means', () => {
  const place = '0x40081004 console_put+0x4';
  const [both] = lines(false, exit({}), write);
  expect(both).toBe(
    `       0           24,443     0.000024   0  DABT_LOW/INST_EMUL   ${place}: write 4 bytes at 0xffff800009000000 (ipa 0x9000000, pl011 UARTDR): w1 = 0x64`,
  );
  const [armv7] = lines(true, exit({ far: 0x900_0000n }), write);
  expect(armv7).toContain(`${place}: write 4 bytes at 0x9000000 (pl011 UARTDR): r1 = 0x64`);
  const [alone] = lines(false, write);
  expect(alone).toContain(`mmio-write           ${place}: write 4 bytes at 0x9000000 (pl011 UARTDR): x1 = 0x64`);
  const [bare] = lines(false, exit({ esr: 0x9200_004f }));
  expect(bare).toContain('write at 0xffff800009000000 (ipa 0x9000000): permission fault, level 3');
  const psci = {
    kind: 'psci',
    ordinal: 1,
    at: 24_443,
    vcpu: 0,
    functionId: 0x8400_0000,
    arg0: 0n,
    arg1: 0n,
    arg2: 0n,
    arg3: 1n,
    result: 0x1_0000n,
  };
  const [call] = lines(false, exit({ kvmClass: 0x16, bhyveExit: 8, esr: 0x5a00_0000 }), psci as RecordedEvent);
  expect(call).toContain('HVC64/SMCCC          0x40081004 console_put+0x4: PSCI_VERSION(0x0, 0x0, 0x0, 0x1) = 0x10000');
});

test('text of the guest brings no control characters; colours are only of the program', () => {
  const out = {
    kind: 'console-out',
    ordinal: 5,
    at: 1,
    vcpu: 0,
    device: 0,
    bytes: Buffer.from('\x1b[2J'),
  } as RecordedEvent;
  const end = {
    kind: 'run-end',
    ordinal: 6,
    at: 1,
    vcpu: 0,
    outcome: '\x1b[2J',
    reason: '',
    stateHash: '',
    consoleSha256: '',
  };
  for (const line of lines(false, out, end as RecordedEvent)) expect(line).not.toMatch(/\p{Cc}/u);
  const coloured = new EventTable(names, true);
  const line = coloured.line([end as RecordedEvent]);
  expect(line.startsWith('\x1b[35m')).toBe(true);
  expect(line.match(/\p{Cc}/gu)).toHaveLength(2);
  expect(coloured.header).toContain('EVENT');
});

test('a raw line has the words of bhyve and KVM', () => {
  expect(rawLine(write, symbolAt)).toBe(
    '       1         24443 vcpu0 mmio-write      INST_EMUL | kvm_mmio write len 4 gpa 0x9000000 val 0x64 x1 pc 0x40081004 console_put+0x4',
  );
});
