import { afterAll, expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { InputFile } from '../../src/host/files.ts';
import type { RecordedEvent } from '../../src/trace/codec/event-rows.ts';
import { traceDat } from '../exporting/trace-dat.ts';
import { WorkFolder } from '../session/command-line.fixture.ts';
import { traceDatRecords } from './ring-pages.ts';
import type { Strange } from './trace-record.ts';

const work = new WorkFolder();
afterAll(() => work.remove());

/** Exits of two vCPUs that take turns, some of them far from each other in time. */
const GAP = 2 ** 28;
const events = Array.from({ length: 600 }, (_, i): RecordedEvent => {
  const stamp = { ordinal: i, at: i * 1000 + (i > 300 ? GAP : 0), vcpu: i % 2 };
  return {
    ...{ kind: 'vm-exit', ...stamp, pc: BigInt(i) << 40n, bhyveExit: 0, kvmClass: 0x24, esr: 0x9200_0000 + i },
    ...{ far: 0xffff_0000_0000_0000n + BigInt(i), hpfar: BigInt(i) << 12n },
  };
});
const source = {
  ...{ title: 'made', vcpus: 2, events: () => events, interrupts: () => [] },
  header: { semantics: 3, level: 'exits', producer: '', machine: {}, images: [] },
  names: { symbolAt: () => undefined, registerAt: () => undefined, isArmv7: false },
} as const;
const whole = Buffer.concat([...traceDat(source)].map((piece) => Buffer.from(piece)));

function read(bytes: Uint8Array) {
  const file = new InputFile(work.write('trace.dat', bytes));
  const strange: Strange = { lines: 0, first: undefined, others: new Map() };
  try {
    return { records: [...traceDatRecords(file, strange)], strange };
  } finally {
    file.close();
  }
}

it('reads the events of all CPUs in the order of their times', () => {
  const { records, strange } = read(whole);
  const exits = records.filter(({ name }) => name === 'kvm_exit');
  expect(exits.map(({ values }) => values.vcpu_pc)).toEqual(events.map((e) => (e as { pc: bigint }).pc));
  expect(exits.map(({ seconds, nanoseconds }) => seconds * 1e9 + nanoseconds)).toEqual(events.map(({ at }) => at));
  expect(exits.slice(0, 2).map(({ comm, pid }) => [comm, pid])).toEqual([
    ['CPU 0/KVM', 1000],
    ['CPU 1/KVM', 1001],
  ]);
  const faults = records.filter(({ name }) => name === 'kvm_guest_fault');
  expect(faults.map(({ values }) => values.hsr)).toEqual(events.map((e) => BigInt((e as { esr: number }).esr)));
  expect(strange).toEqual({ lines: 0, first: undefined, others: new Map() });
});

it('takes what is cut or damaged for no more than it is', () => {
  const outcome = (bytes: Uint8Array): string => {
    try {
      return `${read(bytes).records.length} records`;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(error.message).not.toContain('\n');
      return error.message;
    }
  };
  for (let cut = 0; cut < whole.length; cut += 4999)
    expect(outcome(whole.subarray(0, cut))).toMatch(/cut off|cannot read/);
  const heads = new Set<string>();
  for (let at = 10; at < whole.length; at += at < 12_000 ? 67 : 1999) {
    for (const value of [0xff, 0x00]) {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      heads.add(outcome(bytes).replace(/[0-9]+/g, 'N'));
    }
  }
  expect(heads.size).toBeGreaterThan(3);
  expect(outcome(Buffer.from(whole).fill(1, 18, 19))).toContain('cannot read');
});
