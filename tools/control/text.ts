import type { MemorySegment } from '../../src/library/vmmapi/vm.ts';
import type { ControlAnswer } from './answers.ts';

// As bhyvectl prints it (FreeBSD's usr.sbin/bhyvectl/bhyvectl.c).

const STAT_WIDTH = 40;
/** Values stand in the third column of tabs. */
const TAB = 8;
const VALUE_AT = 2 * TAB;
const tabbed = (name: string): string => name + '\t'.repeat(Math.max(1, Math.ceil((VALUE_AT - name.length) / TAB)));
const hex16 = (value: number): string => `0x${value.toString(16).padStart(16, '0')}`;

/** humanize_number(3) with HN_AUTOSCALE, of bytes. */
function humanized(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T'];
  let n = bytes;
  let unit = 0;
  while (n >= 10_000 || (n >= 1024 && n % 1024 === 0 && unit < units.length - 1)) {
    n /= 1024;
    unit++;
  }
  return `${Math.round(n)}${units[unit] ?? ''}`;
}
const cpusText = (banner: string, cpus: readonly number[]): string =>
  `${banner}:\t ${cpus.length === 0 ? '(none)' : cpus.join(', ')}`;
const nameOf = ({ name }: MemorySegment): string => (name === 'ram' ? 'sysmem' : name);

/** What was asked, in bhyvectl's order and words. */
export function linesOf(answer: ControlAnswer): string[] {
  const { vcpu, memseg, memmap, lowmem, highmem, registers, exitReason, capabilities, stats, cpuTopology } = answer;
  const lines: string[] = [];
  if (memseg !== undefined) {
    lines.push('ID  Length      Name');
    for (const segment of memseg)
      lines.push(`${String(segment.id).padEnd(4)}${humanized(segment.bytes).padEnd(12)}${nameOf(segment)}`);
  }
  if (memmap !== undefined) {
    lines.push('Address     Length      Segment     Offset      Prot  Flags');
    for (const segment of memmap) {
      const cells = [segment.gpa.toString(16).toUpperCase(), humanized(segment.bytes), nameOf(segment), '0'];
      lines.push(`${cells.map((cell) => cell.padEnd(12)).join('')}${segment.prot.toUpperCase()}`);
    }
  }
  for (const [name, range] of [['lowmem', lowmem] as const, ['highmem', highmem] as const])
    if (range !== undefined) lines.push(`${tabbed(name)}${hex16(range.gpa)}/${range.bytes}`);
  for (const [name, value] of Object.entries(registers ?? {})) lines.push(`${tabbed(`${name}[${vcpu}]`)}${value}`);
  if (exitReason === null) lines.push(`exit_reason[${vcpu}]\tnone`);
  else if (exitReason !== undefined) {
    const { exitcode, class: kvmClass, number } = exitReason;
    lines.push(`exit_reason[${vcpu}]\t0x${Number(number).toString(16)} ${exitcode} (${kvmClass})`);
  }
  for (const [name, isSet] of Object.entries(capabilities ?? {}))
    lines.push(`Capability "${name}" is ${isSet ? 'set' : 'not set'} on vcpu ${vcpu}`);
  if (answer.activeCpus !== undefined) lines.push(cpusText('active cpus', answer.activeCpus));
  if (answer.suspendedCpus !== undefined) lines.push(cpusText('suspended cpus', answer.suspendedCpus));
  if (stats !== undefined) {
    lines.push(`vcpu${vcpu} stats:`);
    for (const [name, value] of Object.entries(stats)) lines.push(`${name.padEnd(STAT_WIDTH)}\t${value}`);
  }
  if (cpuTopology !== undefined) {
    const { sockets, cores, threads, maxcpus } = cpuTopology;
    lines.push(`cpu_topology:\tsockets=${sockets}, cores=${cores}, threads=${threads}, maxcpus=${maxcpus}`);
  }
  return lines;
}
