import { describe, expect, it } from 'vitest';
import type { WordReader } from '../../inspect/memory-at-once.ts';
import { fakeBtf } from './btf.fixture.ts';
import { Btf } from './btf.ts';
import { FakeMemory } from './fake-memory.fixture.ts';
import { type KernelMoment, Tasks, taskText } from './tasks.ts';

/** Members of `task_struct`, in bytes: the same for both widths. */
const TASK = { stack: 0x20, tasks: 0x40, pid: 0x60, threadNode: 0x70, signal: 0x90, comm: 0xa0 } as const;
const THREAD_HEAD = 0x10;

function typesOf(infoTask?: number): Btf {
  const [INT, COMM] = [1, 3];
  const member = (name: string, at: number, type = INT) => ({ name, at, type });
  return Btf.read(
    fakeBtf([
      { kind: 'int', name: 'int', bytes: 4 },
      { kind: 'int', name: 'char', bytes: 1 },
      { kind: 'array', type: 2, count: 16 },
      {
        kind: 'struct',
        name: 'task_struct',
        bytes: 0x100,
        members: [
          member('stack', TASK.stack),
          member('tasks', TASK.tasks),
          member('pid', TASK.pid),
          member('thread_node', TASK.threadNode),
          member('signal', TASK.signal),
          member('comm', TASK.comm, COMM),
        ],
      },
      { kind: 'struct', name: 'signal_struct', bytes: 0x20, members: [member('thread_head', THREAD_HEAD)] },
      {
        kind: 'struct',
        name: 'thread_info',
        bytes: 0x20,
        members: infoTask === undefined ? [] : [member('task', infoTask)],
      },
    ]),
  ) as Btf;
}

/** A kernel with some processes of some threads, all in their lists. */
class FakeKernel extends FakeMemory {
  task(at: bigint, pid: number, comm: string, stack: bigint): void {
    this.put(at + BigInt(TASK.pid), BigInt(pid), 4);
    this.put(at + BigInt(TASK.stack), stack);
    this.text(at + BigInt(TASK.comm), comm, 16);
  }
}

const moment = (
  memory: WordReader,
  registers: Record<string, bigint>,
  initTask?: bigint,
  el: 0 | 1 = 1,
): KernelMoment => ({
  view: { isAarch32: false, el, sp: registers.sp ?? 0n, register: (name) => registers[name] },
  memory,
  initTask,
});

describe('arm64', () => {
  const at = [0xffff_8000_0000_1000n, 0xffff_0000_0001_0000n, 0xffff_0000_0002_0000n] as const;
  const stacks = [0xffff_8000_1000_0000n, 0xffff_8000_1000_8000n, 0xffff_8000_1001_0000n] as const;
  const kernel = new FakeKernel(8);
  kernel.task(at[0], 0, 'swapper/0', stacks[0]);
  kernel.task(at[1], 41, 'sh', stacks[1]);
  kernel.task(at[2], 42, 'sixteen letters!', stacks[2]);
  // The last is a thread of the second.
  kernel.list([at[0] + BigInt(TASK.tasks), at[1] + BigInt(TASK.tasks)]);
  const signals = [0xffff_0000_0003_0000n, 0xffff_0000_0004_0000n] as const;
  kernel.put(at[0] + BigInt(TASK.signal), signals[0]);
  kernel.put(at[1] + BigInt(TASK.signal), signals[1]);
  const node = (task: bigint): bigint => task + BigInt(TASK.threadNode);
  kernel.list([signals[0] + BigInt(THREAD_HEAD), node(at[0])]);
  kernel.list([signals[1] + BigInt(THREAD_HEAD), node(at[1]), node(at[2])]);
  const tasks = Tasks.of(typesOf(), 8) as Tasks;

  it('in the kernel SP_EL0 is the task', () => {
    expect(tasks.current(moment(kernel, { SP_EL0: at[1] }))).toEqual({ pid: 41, name: 'sh' });
    expect(tasks.current(moment(kernel, { SP_EL0: at[2] }))?.name).toBe('sixteen letters!');
    expect(tasks.current(moment(kernel, { SP_EL0: 0n }))).toBe(undefined);
  });
  it('of a program the stack is, which lies in one of all threads', () => {
    for (const [n, text] of ['swapper/0-0', 'sh-41', 'sixteen letters!-42'].entries()) {
      const registers = { SP_EL0: 0x7fff_0000n, SP_EL1: (stacks[n] as bigint) + 0x4000n };
      const found = tasks.current(moment(kernel, registers, at[0], 0));
      expect(found && taskText(found)).toBe(text);
      expect(tasks.current(moment(kernel, registers, at[0], 1))).toEqual(found);
    }
    expect(tasks.current(moment(kernel, { SP_EL1: 0xffff_9000_0000_0000n }, at[0], 0))).toBe(undefined);
  });
  it('what a stack belonged to may be gone', () => {
    const registers = { SP_EL1: stacks[2] + 0x4000n };
    expect(tasks.current(moment(kernel, registers, at[0], 0))?.pid).toBe(42);
    kernel.put(at[2] + BigInt(TASK.stack), 0n);
    expect(tasks.current(moment(kernel, registers, at[0], 0))).toBe(undefined);
  });
  it('a list without an end is left', () => {
    kernel.put(at[1] + BigInt(TASK.tasks), at[1] + BigInt(TASK.tasks));
    expect(tasks.current(moment(kernel, { SP_EL1: 0xffff_9000_0000_0000n }, at[0], 0))).toBe(undefined);
  });
});

it('ARMv7: TPIDRURO, or what lies at the low end of the stack', () => {
  const kernel = new FakeKernel(4);
  kernel.task(0xc200_0000n, 7, 'init', 0xd000_0000n);
  kernel.put(0xd000_000cn, 0xc200_0000n);
  const now = moment(kernel, { TPIDRURO: 0xc200_0000n, sp: 0xd000_1f00n });
  for (const types of [typesOf(), typesOf(12)])
    expect(Tasks.of(types, 4)?.current(now)).toEqual({ pid: 7, name: 'init' });
  expect(Tasks.of(typesOf(), 4)?.current(moment(kernel, {}))).toBe(undefined);
});

it('types of something else are no kernel', () => {
  expect(Tasks.of(Btf.read(fakeBtf([{ kind: 'int', name: 'int', bytes: 4 }])) as Btf, 8)).toBe(undefined);
});
