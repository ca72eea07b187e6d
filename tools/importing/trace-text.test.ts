import { afterAll, describe, expect, it } from 'vitest';
import { InputFile } from '../../src/host/files.ts';
import { dumpLine, type EventDecl } from '../../src/trace/events/index.ts';
import { WorkFolder } from '../session/command-line.fixture.ts';
import { LINE_BYTES_MAX } from './bounded-lines.ts';
import { HostEvents } from './host-events.ts';
import type { Strange } from './trace-record.ts';
import { textKindOf, textRecords } from './trace-text.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

function imported(...lines: string[]) {
  const file = new InputFile(work.write('trace', `${lines.join('\n')}\n`));
  const strange: Strange = { lines: 0, first: undefined, others: new Map() };
  const told: string[] = [];
  const host = new HostEvents((decl: EventDecl, fields) =>
    told.push(dumpLine(decl, fields).trim().replace(/ +/g, ' ')),
  );
  for (const record of textRecords(file, strange)) host.add(record);
  host.end();
  const kind = textKindOf(file);
  file.close();
  return { told, strange, kind, host };
}

const WRITE = [
  'TRAP: HSR_EC: 0x0024 (DABT_LOW), PC: 0xffff800010abcdef',
  'ipa 0x9000000, hsr 0x93830046, hxfar 0xffff80001000d000, pc 0xffff800010abcdef',
  'mmio write len 4 gpa 0x9000000 val 0x41',
  'PC: 0xffff800010abcdf3',
];
const NAMES = ['kvm_exit', 'kvm_guest_fault', 'kvm_mmio', 'kvm_entry'];
const TOLD = [
  '0 vcpu2 vm-exit INST_EMUL | kvm_exit DABT_LOW pc 0xffff800010abcdef esr 0x93830046 far 0xffff80001000d000 ipa 0x9000000',
  '0 vcpu2 mmio-write INST_EMUL | kvm_mmio write len 4 gpa 0x9000000 val 0x41 x3 pc 0xffff800010abcdef',
];

describe('one access of a device is read the same', () => {
  const forms: Record<string, (name: string, text: string, i: number) => string> = {
    'as ftrace prints it': (name, text, i) => `       CPU 2/KVM-4321    [003] d..2.  5678.12345${i}: ${name}: ${text}`,
    'as ftrace prints it with thread groups': (name, text, i) =>
      `       CPU 2/KVM-4321    (   4300) [003] d..2.  5678.12345${i}: ${name}: ${text}`,
    'as trace-cmd reports it': (name, text, i) =>
      `       CPU 2/KVM-4321  [003]  5678.12345${i}000: ${name.padEnd(20)} ${text}`
        .replace(/: (\w+) {2,}/, ': $1:  ')
        .replace(`: ${name} `, `: ${name}: `),
    'with what trace-cmd complains of': (name, text, i) =>
      `       CPU 2/KVM-4321  [003]  5678.12345${i}: ${name}:  <CANT FIND FIELD exit_reason>${text}`,
    'as perf script prints it': (name, text, i) =>
      `       CPU 2/KVM  4321 [003]  5678.12345${i}:          kvm:${name}: ${text}`,
    'as perf script prints it with processes and periods': (name, text, i) =>
      `CPU 2/KVM  4300/4321  [003]  5678.12345${i}:          1   kvm:${name}: ${text}`,
    'by a kernel that says ESR': (name, text, i) =>
      `       CPU 2/KVM-4321    [003] .....  5678.12345${i}: ${name}: ${text.replace('HSR_EC', 'ESR_EC').replace(' hsr', ' esr')}`,
  };
  for (const [name, form] of Object.entries(forms)) {
    it(name, () => {
      const { told, strange } = imported(...WRITE.map((text, i) => form(NAMES[i] ?? '', text, i)));
      expect(told).toEqual(TOLD);
      expect(strange).toEqual({ lines: 0, first: undefined, others: new Map() });
    });
  }
});

it('tells which program printed it', () => {
  const event = 'a-1 [000] 1.000000: kvm_entry: PC: 0x0';
  expect(imported('cpus=4', event).kind).toBe('trace-cmd');
  expect(imported('# tracer: nop', event).kind).toBe('ftrace');
  expect(imported('a  1 [000] 1.000000: kvm:kvm_entry: PC: 0x0').kind).toBe('perf');
});

const line = (vcpu: number, at: string, name: string, text: string): string =>
  `CPU ${vcpu}/KVM-${100 + vcpu} [00${vcpu}] ..... ${at}: ${name}: ${text}`;

it('keeps exits of several vCPUs in their order, each with what was done about it', () => {
  const { told } = imported(
    line(0, '10.000000100', 'kvm_exit', 'TRAP: HSR_EC: 0x0018 (SYS64), PC: 0x0000000000001000'),
    line(1, '10.000000200', 'kvm_exit', 'IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0000000000002000'),
    line(0, '10.000000300', 'kvm_handle_sys_reg', 'HSR 0x6232e0a9'),
    line(0, '10.000000310', 'kvm_sys_access', 'PC: 1000 CNTP_CTL_EL0 (3,3,14,2,1) read'),
    line(1, '10.000000400', 'kvm_entry', 'PC: 0x0000000000002000'),
    line(0, '10.000000500', 'kvm_entry', 'PC: 0x0000000000001004'),
    line(1, '10.000001100', 'kvm_exit', 'TRAP: HSR_EC: 0x0001 (WFx), PC: 0x0000000000002010'),
    line(1, '10.000001200', 'kvm_wfx_arm64', 'guest executed wfi at: 0x0000000000002010'),
    line(1, '10.000001300', 'kvm_timer_update_irq', 'VCPU: 1, IRQ 27, level 1'),
    line(1, '10.000001310', 'vgic_update_irq_pending', 'VCPU: 1, IRQ 27, level: 1'),
    line(0, '9.000000000', 'kvm_irq_line', 'Inject VGIC SPI interrupt (1), vcpu->idx: 0, num: 33, level: 1'),
    line(0, '10.000002000', 'kvm_exit', 'TRAP: HSR_EC: 0x0016 (HVC64), PC: 0x0000000000003004'),
    line(0, '10.000002100', 'kvm_hvc_arm64', 'HVC at 0x0000000000003004 (r0: 0x0000000084000008, imm: 0x0)'),
    line(0, '10.000002200', 'kvm_userspace_exit', 'reason KVM_EXIT_SYSTEM_EVENT (24)'),
  );
  expect(told).toEqual([
    '0 vcpu0 vm-exit REG_EMUL | kvm_exit SYS64 pc 0x1000 esr 0x6232e0a9',
    '0 vcpu0 sysreg-read REG_EMUL | kvm_sys_access read CNTP_CTL_EL0 val 0x0 x5 pc 0x1000',
    '100 vcpu1 vm-exit BOGUS | kvm_exit IRQ pc 0x2000 esr 0x00000000',
    '1000 vcpu1 vm-exit WFI | kvm_exit WFx pc 0x2010 esr 0x07e00000',
    '1000 vcpu1 wfi WFI | kvm_wfx_arm64 pc 0x2010',
    '1200 vcpu1 irq-line kvm_irq_line irq 27 level 1 (timer)',
    '1200 vcpu1 timer-fire kvm_timer_update_irq virtual irq 27 level 1',
    '1210 vcpu1 irq-inject vgic_update_irq_pending irq 27 lr 0 priority 0 pending',
    // The host's clock ran backwards.
    '1210 vcpu0 irq-line kvm_irq_line irq 33 level 1 (device)',
    '1900 vcpu0 vm-exit SMCCC | kvm_exit HVC64 pc 0x3004 esr 0x5a000000',
    '1900 vcpu0 psci SMCCC | kvm_hvc_arm64 SYSTEM_OFF(0x0, 0x0, 0x0, 0x0) = 0x0',
    '1900 vcpu0 suspend SUSPENDED | kvm_userspace_exit POWEROFF',
  ]);
});

it('measures how long the host took over exits, from each to the next entry', () => {
  const took = (at: string, entry: string): string[] => [
    line(0, at, 'kvm_exit', 'TRAP: HSR_EC: 0x0018 (SYS64), PC: 0x1000'),
    line(0, entry, 'kvm_entry', 'PC: 0x1004'),
  ];
  const { host } = imported(...took('1.000001', '1.000003'), ...took('1.000010', '1.000014'));
  expect([...host.handling.byKind]).toEqual([['SYS64/REG_EMUL', { count: 2, min: 2000, mean: 3000, max: 4000 }]]);
});

it('gives threads without a number in their names numbers of their own', () => {
  const at = (pid: number, comm: string, i: number): string =>
    `${comm}-${pid} [000] ..... 1.00000${i}: kvm_exit: IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0`;
  const { told, host } = imported(
    at(7, 'fc_vcpu 1', 0),
    at(8, 'a b-c', 1),
    at(9, 'CPU 1/KVM', 2),
    at(7, 'fc_vcpu 1', 3),
  );
  expect(told.map((text) => text.split(' ')[1])).toEqual(['vcpu1', 'vcpu0', 'vcpu2', 'vcpu1']);
  expect(host.threads.count).toBe(3);
});

it('counts what it does not understand, and what a tape has no event for', () => {
  const { told, strange } = imported(
    '# tracer: nop',
    'CPU:3 [LOST 112 EVENTS]',
    line(0, '1.0', 'sched_switch', 'prev_comm=a'),
    line(0, '1.1', 'kvm_exit', 'something else'),
    'no event at all',
    line(0, '1.2', 'kvm_exit', 'TRAP: HSR_EC: 0x0024 (DABT_LOW), PC: 0x00000000000000000000000001000'),
  );
  expect(told).toEqual([]);
  expect(strange.lines).toBe(3);
  expect(strange.first).toContain('something else');
  expect([...strange.others]).toEqual([['sched_switch', 1]]);
});

it('is bounded, whatever the file holds', () => {
  const long = `${' '.repeat(100)}${'-1 '.repeat(1_000_000)}[000] 1.0: kvm_exit: x`;
  const { told, strange } = imported(long, `${'a'.repeat(LINE_BYTES_MAX * 3)}`, '\0\xff'.repeat(100));
  expect([told, strange.lines]).toEqual([[], 3]);
  expect((strange.first ?? '').length).toBeLessThanOrEqual(160);
  // A vCPU that never comes back holds up no more than so many events.
  const lines = [line(0, '1.0', 'kvm_exit', 'TRAP: HSR_EC: 0x0024 (DABT_LOW), PC: 0x0')];
  for (let i = 0; i < 10_000; i++)
    lines.push(line(1, `1.${i + 10_000}`, 'kvm_exit', 'IRQ: HSR_EC: 0x0000 (UNKNOWN), PC: 0x0'));
  expect(imported(...lines).told).toHaveLength(10_001);
});
