import { describe, expect, it } from 'vitest';
import { FakeMemory } from './fake-memory.fixture.ts';
import { commIn, shapeOf, type TaskShape } from './task-shape.ts';
import { type KernelMoment, kernelFrom, STACK_BYTES, Tasks } from './tasks.ts';

const SHAPE = { stack: 0x20, tasks: 0x40, pid: 0x60, comm: 0xa0 } as const;
const STRUCTURE_BYTES = 0x200;

/** A kernel of a few tasks, in memory as Linux has them; all words else are 0. */
class Kernel extends FakeMemory {
  readonly tasks: readonly bigint[];
  readonly stacks: readonly bigint[];
  readonly #wordBytes: 4 | 8;

  constructor(wordBytes: 4 | 8, names: readonly string[]) {
    super(wordBytes);
    this.#wordBytes = wordBytes;
    const [first, stacks] =
      wordBytes === 4 ? [0xc140_0000n, 0xe080_8000n] : [2n ** 64n - 2n ** 40n, 2n ** 64n - 2n ** 39n];
    this.tasks = names.map((_, n) => first + BigInt(n * 0x1000));
    this.stacks = names.map((_, n) => stacks + BigInt(n * 0x8000));
    for (const [pid, at] of this.tasks.entries()) {
      for (let offset = 0; offset < STRUCTURE_BYTES; offset += 4) this.put(at + BigInt(offset), 0n, 4);
      for (const more of [0, 4]) this.put(at + BigInt(SHAPE.pid + more), BigInt(pid), 4);
      this.put(at + BigInt(SHAPE.stack), this.stacks[pid] as bigint);
      this.text(at + BigInt(SHAPE.comm), names[pid] as string, 16);
    }
    this.listed(SHAPE.tasks);
  }
  /** All tasks are in a list whose nodes are there. */
  listed(offset: number): void {
    this.list(
      this.tasks.map((task) => task + BigInt(offset)),
      true,
    );
  }
  get found(): TaskShape | undefined {
    const [initTask, wordBytes] = [this.tasks[0] as bigint, this.#wordBytes];
    const comm = commIn(this, initTask);
    if (comm === undefined) return undefined;
    const stackBytes = BigInt(STACK_BYTES[wordBytes]);
    return shapeOf(this, initTask, comm, { wordBytes, stackBytes, kernelFrom: kernelFrom(initTask, wordBytes) });
  }
}
const NAMES = ['swapper/0', 'init', 'kthreadd', 'rcu_gp', 'sh'] as const;

describe.each([4, 8] as const)('words of %i bytes', (wordBytes) => {
  it('tasks tell where things lie in them', () => {
    expect(new Kernel(wordBytes, NAMES).found).toEqual(SHAPE);
  });

  it('nothing is told of what could be something else', () => {
    const change = (made: (kernel: Kernel) => void): TaskShape | undefined => {
      const kernel = new Kernel(wordBytes, NAMES);
      made(kernel);
      return kernel.found;
    };
    const [first, second, , , last] = new Kernel(wordBytes, NAMES).tasks as [bigint, bigint, bigint, bigint, bigint];
    // Another list, another name, another pid, another stack.
    expect(change((kernel) => kernel.listed(0x100))).toBe(undefined);
    expect(change((kernel) => kernel.text(first + 0x140n, 'swapper', 16))).toBe(undefined);
    expect(
      change((kernel) => {
        for (const [n, task] of kernel.tasks.entries())
          for (const more of [0n, 4n]) kernel.put(task + 0x1a0n + more, BigInt(n), 4);
      }),
    ).toBe(undefined);
    expect(
      change((kernel) => {
        for (const [n, task] of kernel.tasks.entries()) kernel.put(task + 0x1c0n, kernel.stacks[n] as bigint);
      }),
    ).toBe(undefined);
    // A list that is linked one way alone, or has no end; tasks that share a stack; a name that is none; one that runs alone.
    expect(change((kernel) => kernel.put(second + BigInt(SHAPE.tasks + wordBytes), 0n))).toBe(undefined);
    expect(change((kernel) => kernel.put(last + BigInt(SHAPE.tasks), last + BigInt(SHAPE.tasks)))).toBe(undefined);
    expect(change((kernel) => kernel.put(last + BigInt(SHAPE.stack), kernel.stacks[0] as bigint))).toBe(undefined);
    expect(change((kernel) => kernel.text(last + BigInt(SHAPE.comm), '\u0001', 16))).toBe(undefined);
    expect(new Kernel(wordBytes, ['swapper/0']).found).toBe(undefined);
    expect(new Kernel(wordBytes, ['swapper/0', 'init', 'sh']).found).toBe(undefined);
  });
});

it('ARM: a task is known in the kernel by TPIDRURO, and while its program runs by its stack', () => {
  const kernel = new Kernel(4, NAMES);
  const [initTask, , , , sh] = kernel.tasks as [bigint, bigint, bigint, bigint, bigint];
  const tasks = Tasks.byShape(kernel.found as TaskShape, 4);
  const current = (el: 0 | 1, registers: Record<string, bigint>) => {
    const view = { isAarch32: true, el, sp: 0n, register: (name: string) => registers[name] };
    return tasks.current({ view, memory: kernel, initTask } satisfies KernelMoment);
  };
  const stack = (kernel.stacks[4] as bigint) + BigInt(STACK_BYTES[4]);
  expect(current(1, { TPIDRURO: sh })).toEqual({ pid: 4, name: 'sh' });
  // A program has put something of its own there.
  expect(current(0, { TPIDRURO: 0x1000n, SP_svc: stack })).toEqual({ pid: 4, name: 'sh' });
  expect(current(1, { TPIDRURO: 0x1000n, SP_svc: stack - 0x80n })).toEqual({ pid: 4, name: 'sh' });
  expect(current(0, { TPIDRURO: 0x1000n, SP_svc: 0xd000_0000n })).toBe(undefined);
  // A thread that is no process's first one is in no list: known once it was seen in the kernel.
  const [thread, its] = [0xc150_0000n, 0xe100_0000n];
  kernel.put(thread + BigInt(SHAPE.pid), 77n, 4);
  kernel.put(thread + BigInt(SHAPE.stack), its);
  kernel.text(thread + BigInt(SHAPE.comm), 'worker', 16);
  expect(current(0, { SP_svc: its + 0x2000n })).toBe(undefined);
  expect(current(1, { TPIDRURO: thread })).toEqual({ pid: 77, name: 'worker' });
  expect(current(0, { SP_svc: its + 0x2000n })).toEqual({ pid: 77, name: 'worker' });
});
