import { afterAll, describe, expect, test } from 'vitest';
import { exitsOf } from '../../src/analysis/exits.ts';
import { Failure } from '../../src/base/failure.ts';
import { exitStats } from '../../src/hyp/arm-common/stats.ts';
import { openVm } from '../../src/library/vmmapi/open-vm.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { answersOf, type ControlAnswer, checkLooksOnly } from '../control/answers.ts';
import { type ControlRequest, requestOf } from '../control/request.ts';
import { linesOf } from '../control/text.ts';
import { bhyveStats } from '../profiling/bhyve-stats.ts';
import { hypertape, jsonOf, WorkFolder } from './command-line.fixture.ts';
import { type CtlArgs, ctl } from './ctl.ts';

const work = new WorkFolder();
const opened: TapeReader[] = [];
afterAll(() => {
  for (const reader of opened) reader.close();
  work.remove();
});

const GOLDEN = 'traces/golden/v3';
const ARM64 = `${GOLDEN}/demo-arm64.tape`;

function open(path: string) {
  const reader = TapeReader.open(path);
  opened.push(reader);
  const timeline = new Timeline(reader);
  const vm = openVm(timeline);
  const ask = (commands: ControlRequest['commands'], cpu = 0) => answersOf(vm, requestOf({ cpu, commands }));
  return { reader, timeline, vm, ask };
}

describe('the counters are independent counts of the tape', () => {
  test.each(['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57', 'smp-arm64-3-disk', 'smp-armv7-2'])('%s', (name) => {
    const { reader, timeline, vm, ask } = open(`${GOLDEN}/${name}.tape`);
    for (const at of [Math.floor(timeline.last / 3), timeline.last]) {
      timeline.seek(at);
      const seen = bhyveStats({ reader, path: reader.path, filter: {} } as Parameters<typeof bhyveStats>[0]);
      const before = timeline.ordinal;
      const events = [...reader.events()].filter(({ ordinal }) => ordinal < before);
      for (const { id } of vm.vcpus) {
        const stats = ask({ 'get-stats': true }, id).stats as Record<string, number>;
        const own = events.filter(({ vcpu }) => vcpu === id);
        expect(stats[exitStats.count]).toBe(own.filter(({ kind }) => kind === 'vm-exit').length);
        const mapped = own.reduce((sum, event) => sum + (event.kind === 'stage2-map' ? Number(event.bytes) : 0), 0);
        expect(stats['Resident memory']).toBe(mapped);
        if (at !== timeline.last) continue;
        const counted = Object.entries(exitStats).map(([stat, text]) => [
          text,
          seen.get(id)?.get(stat as keyof typeof exitStats) ?? 0,
        ]);
        expect(stats).toMatchObject(Object.fromEntries(counted));
        expect(Object.keys(stats)).toHaveLength(2 + counted.length);
      }
      const runtime = vm.vcpus.reduce(
        (sum, { id }) => sum + (ask({ 'get-stats': true }, id).stats?.['vcpu total runtime'] ?? 0),
        0,
      );
      // What an exit carries out for its instruction is no time of the guest.
      const emulated = timeline.machine.instructions - runtime;
      expect(emulated).toBeGreaterThan(0);
      expect(emulated).toBeLessThan(events.filter(({ kind }) => kind === 'vm-exit').length);
    }
  });
});

test.each([ARM64, `${GOLDEN}/demo-arm64-inputs.tape`])('the last exit is the one before the place: %s', (path) => {
  const { timeline, vm } = open(path);
  // Those of the run itself, which both tapes are of.
  const full = TapeReader.open(ARM64);
  const exits = [...exitsOf(full, {})];
  full.close();
  timeline.seek(0);
  expect(vm.vcpu(0).lastExit).toBeUndefined();
  // Before the instruction at the count; where idle time is passed over; at the end, which is an exit.
  for (const [at, exitAt] of [
    [31_018, 31_015],
    [1_000_000, 34_664],
    [timeline.last, 29_632_123],
  ] as const) {
    timeline.seek(at);
    expect(vm.vcpu(0).lastExit).toMatchObject({ icount: exitAt, pc: exits.findLast((exit) => exit.at === exitAt)?.pc });
  }
});

describe('a tape is asked as bhyvectl asks', () => {
  const { timeline, ask } = open(ARM64);
  timeline.seek(31_018);
  test('in its words', () => {
    const all = linesOf(ask({ 'get-all': true }));
    for (const line of [
      'ID  Length      Name',
      '0   32M         sysmem',
      '40000000    32M         sysmem      0           RWX',
      'lowmem\t\t0x0000000040000000/33554432',
      'highmem\t\t0x0000000100000000/0',
      'pc[0]\t\t0x0000000040081710',
      'sctlr_el1[0]\t0x0000000030d0d81d',
      'exit_reason[0]\t0x1 INST_EMUL (DABT_LOW)',
      'Capability "hlt_exit" is set on vcpu 0',
      'Capability "ss_exit" is not set on vcpu 0',
      'active cpus:\t 0',
      'suspended cpus:\t (none)',
      'vcpu0 stats:',
      'number of times wfi was intercepted     \t0',
      'cpu_topology:\tsockets=1, cores=1, threads=1, maxcpus=8',
    ])
      expect(all).toContain(line);
    expect(all.filter((line) => /^x\d+\[0\]\t\t0x[0-9a-f]{16}$/.test(line))).toHaveLength(31);
  });
  test('only what is asked', () => {
    const asked = ask({ 'get-pc': true, 'get-esr': true, 'get-reg': ['SP_EL1', 'x30'] });
    expect(asked).toEqual({
      icount: 31_018,
      vcpu: 0,
      registers: {
        pc: '0x0000000040081710',
        esr: '0x0000000000000000',
        SP_EL1: expect.stringMatching(/^0x0000000040/) as string,
        x30: expect.any(String) as string,
      },
    } satisfies ControlAnswer);
    expect(linesOf(asked)[0]).toBe('pc[0]\t\t0x0000000040081710');
    expect(ask({ getcap: true, capname: 'hlt_exit' }).capabilities).toEqual({ hlt_exit: true });
  });
  test('what is not there is a failure of one line', () => {
    for (const commands of [
      { 'get-reg': ['x31'] },
      { 'get-r0': true },
      { getcap: true, capname: 'fly' },
      { capname: 'hlt_exit' },
    ] as const)
      expect(() => ask(commands as ControlRequest['commands'])).toThrow(Failure);
    expect(() => ask({ 'get-pc': true }, 1)).toThrow(/one vCPU, 0/);
    for (const commands of [
      { 'set-pc': '0' },
      { suspend: 'reset' },
      { pause: true },
      { checkpoint: 'F' },
      { destroy: true },
    ] as const)
      expect(() => checkLooksOnly(requestOf({ commands }))).toThrow(/fork/);
  });
});

test('of several vCPUs each is asked; one that is off is not active', () => {
  const { timeline, ask } = open(`${GOLDEN}/smp-arm64-3-disk.tape`);
  timeline.seek(0);
  expect(ask({ 'get-active-cpus': true }, 2)).toEqual({ icount: 0, vcpu: 2, activeCpus: [0] });
  timeline.seek(timeline.last);
  const registers = [0, 1, 2].map((cpu) => ask({ 'get-mpidr_el1': true }, cpu).registers?.mpidr_el1);
  expect(new Set(registers).size).toBe(3);
});

test('the verb: text with tabs, JSON, clear refusals', async () => {
  const asked = hypertape(['ctl', ARM64, '--at', 'end', '--get-x0', '--get-suspended-cpus']);
  expect(asked).toMatchObject({ status: 0, stderr: '' });
  expect(asked.stdout).toMatch(/^x0\[0\]\t\t0x[0-9a-f]{16}\nsuspended cpus:\t 0\n$/);
  const json = jsonOf(
    hypertape(['ctl', `--vm=${ARM64}`, '--at', 'end', '--get-reg', 'pc', '--get-reg', 'sp', '--json']),
  );
  expect(json).toMatchObject({
    vcpu: 0,
    registers: { pc: expect.any(String) as string, sp: expect.any(String) as string },
  });
  const asks = (more: object) => ctl({ json: false, ...more } as CtlArgs);
  for (const [args, why] of [
    [{ vm: ARM64, 'get-all': true }, /a place of it; give --at/],
    [{ vm: ARM64, at: 'end' }, /nothing is asked/],
    [{ vm: ARM64, at: 'end', capname: 'hlt_exit', cpu: 'x' }, /--cpu x/],
    [{ vm: ARM64, at: 'end', 'set-x0': '1' }, /fork/],
    [{ vm: ARM64, 'set-x0': '1' }, /fork/],
    [{ vm: ARM64, at: 'nowhere', 'get-all': true }, /--at nowhere/],
    [{ vm: 'tools', 'get-all': true }, /neither a socket nor a tape/],
    [{ vm: 'README.md', at: 'end', 'get-all': true }, /not a hypertape tape/],
    [{ vm: work.file('none'), 'get-all': true }, /ENOENT/],
    [{}, /which VM/],
  ] as const)
    await expect(asks(args)).rejects.toThrow(why);
});
