import type { GuestView } from '../../inspect/guest-view.ts';
import type { WordReader } from '../../inspect/memory-at-once.ts';
import type { Btf } from './btf.ts';
import { COMM_BYTES, type TaskShape } from './task-shape.ts';

/** A thread of the guest, as its kernel knows it. */
export interface Task {
  readonly pid: number;
  /** `comm`: at most 15 characters, which a program may set. */
  readonly name: string;
}

/** A guest at a moment. */
export interface KernelMoment {
  readonly view: Pick<GuestView, 'isAarch32' | 'el' | 'sp' | 'register'>;
  readonly memory: WordReader;
  /** Where `init_task` lies, if that is known: while a program runs no register tells the task. */
  readonly initTask: bigint | undefined;
}

/** Where things lie in the kernel's structures. */
interface Layout {
  readonly wordBytes: 4 | 8;
  readonly pid: number;
  readonly comm: number;
  readonly commBytes: number;
  readonly stack: number;
  readonly tasks: number;
  /** The threads of a process; absent where types are not told: threads that are no process's first one are then known once they were seen. */
  readonly threads?: { readonly signal: number; readonly node: number; readonly head: number };
  /** THREAD_SIZE: a power of two. */
  readonly stackBytes: bigint;
  /** In `struct thread_info`, of kernels that have it at the stack's end (CONFIG_THREAD_INFO_IN_TASK is off). */
  readonly infoTask: number | undefined;
}

const KERNEL_ADDRESSES = 1n << 63n;
/** THREAD_SIZE, where `thread_union` does not tell it: arm64's and ARM's usual one (asm/memory.h, asm/thread_info.h). */
export const STACK_BYTES = { 8: 0x4000, 4: 0x2000 } as const;
/** Threads that are looked through: lists of a guest may have no end. */
const THREADS_MAX = 1 << 16;
const COMM_BYTES_MAX = 64;

/** Tells which task runs, by the types that the guest's kernel tells of itself. */
export class Tasks {
  readonly #layout: Layout;
  /** By the end of its stack: where its `task_struct` lies. */
  readonly #byStackEnd = new Map<bigint, bigint>();

  /** By the low end of its stack, where only tasks that were seen are known. */
  readonly #byStackBase = new Map<bigint, bigint>();

  private constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Undefined where the types are no Linux kernel's. */
  static of(btf: Btf, wordBytes: 4 | 8): Tasks | undefined {
    const at = (structure: string, member: string): number | undefined => btf.member(structure, member)?.offset;
    const comm = btf.member('task_struct', 'comm');
    const [pid, stack, tasks, signal, threadNode] = ['pid', 'stack', 'tasks', 'signal', 'thread_node'].map((name) =>
      at('task_struct', name),
    );
    const threadHead = at('signal_struct', 'thread_head');
    if (comm === undefined || pid === undefined || stack === undefined || tasks === undefined) return undefined;
    if (signal === undefined || threadNode === undefined || threadHead === undefined) return undefined;
    const commBytes = Math.min(comm.size, COMM_BYTES_MAX);
    const infoTask = at('thread_info', 'task');
    const stackBytes = BigInt(btf.sizeOf('thread_union') ?? STACK_BYTES[wordBytes]);
    const layout = {
      wordBytes,
      pid,
      comm: comm.offset,
      commBytes,
      stack,
      tasks,
      threads: { signal, node: threadNode, head: threadHead },
      infoTask,
      stackBytes,
    };
    return new Tasks(layout);
  }
  /** By the shape of a kernel's tasks, of one that does not tell its types. */
  static byShape({ pid, comm, stack, tasks }: TaskShape, wordBytes: 4 | 8): Tasks {
    const stackBytes = BigInt(STACK_BYTES[wordBytes]);
    return new Tasks({ wordBytes, pid, comm, commBytes: COMM_BYTES, stack, tasks, infoTask: undefined, stackBytes });
  }

  /** The task that runs; undefined where there is none yet, or it cannot be told. */
  current(at: KernelMoment): Task | undefined {
    for (const address of this.#candidates(at)) {
      const task = address === undefined ? undefined : this.#taskAt(at, address);
      if (task === undefined) continue;
      if (this.#layout.threads === undefined) this.#learn(at, address as bigint);
      return task;
    }
    return undefined;
  }
  /** Its stack's end, under which it is known while a program of it runs. */
  #learn({ memory }: KernelMoment, task: bigint): void {
    const { stack, stackBytes, wordBytes } = this.#layout;
    const base = memory.word(task + BigInt(stack), wordBytes);
    if (base === undefined || this.#byStackBase.get(base) === task) return;
    if (this.#byStackBase.size >= THREADS_MAX) this.#byStackBase.clear();
    if (base % stackBytes === 0n) this.#byStackBase.set(base, task);
  }
  *#candidates(at: KernelMoment): Generator<bigint | undefined> {
    const { view } = at;
    if (this.#layout.wordBytes === 4) {
      if (view.el !== 0) yield this.#ofAarch32(at);
      // Supervisor mode's stack is the task's, whatever mode it is in; of a program it is empty.
      const stack = view.register('SP_svc');
      if (stack !== undefined) yield this.#byStack(at, stack);
      return;
    }
    // SP_EL0 is `current` in the kernel (Linux arch/arm64/include/asm/current.h), and a program's stack pointer around its way in and out.
    const pointer = view.el === 0 ? undefined : view.register('SP_EL0');
    if (pointer !== undefined && pointer >= KERNEL_ADDRESSES) yield pointer;
    // While a program runs the kernel's stack is empty: SP_EL1 is its end.
    const stack = view.register('SP_EL1');
    if (stack !== undefined && stack >= KERNEL_ADDRESSES) yield this.#byStack(at, stack);
  }
  #ofAarch32({ view, memory, initTask }: KernelMoment): bigint | undefined {
    const { infoTask, stackBytes } = this.#layout;
    // TPIDRURO is `current` in the kernel (Linux arch/arm/include/asm/current.h), and a program's around its way in and out; or else it is at
    // the stack's low end.
    if (infoTask === undefined) {
      const task = view.register('TPIDRURO');
      return task === undefined || initTask === undefined || task >= kernelFrom(initTask, 4) ? task : undefined;
    }
    return memory.word((view.sp & -stackBytes) + BigInt(infoTask), 4);
  }

  #taskAt({ memory }: KernelMoment, address: bigint): Task | undefined {
    const { pid: pidAt, comm, commBytes } = this.#layout;
    const pid = memory.word(address + BigInt(pidAt), 4);
    if (pid === undefined) return undefined;
    const bytes: number[] = [];
    for (let n = 0; n < commBytes && bytes.at(-1) !== 0; n += 4) {
      const word = memory.word(address + BigInt(comm + n), 4);
      if (word === undefined) return undefined;
      for (let shift = 0; shift < 32 && bytes.at(-1) !== 0; shift += 8)
        bytes.push(Number((word >> BigInt(shift)) & 0xffn));
    }
    if (bytes.at(-1) === 0) bytes.pop();
    const name = Buffer.from(bytes).toString('utf8');
    return { pid: Number(BigInt.asIntN(32, pid)), name };
  }

  #byStack(at: KernelMoment, stack: bigint): bigint | undefined {
    const { stackBytes } = this.#layout;
    const known = this.#byStackEnd.get(stack) ?? this.#byStackBase.get((stack - 1n) & -stackBytes);
    if (known !== undefined && this.#ownsStack(at, known, stack)) return known;
    let found: bigint | undefined;
    for (const task of this.#all(at)) {
      if (!this.#ownsStack(at, task, stack)) continue;
      found = task;
      break;
    }
    if (found === undefined) return undefined;
    if (this.#byStackEnd.size >= THREADS_MAX) this.#byStackEnd.clear();
    this.#byStackEnd.set(stack, found);
    return found;
  }
  #ownsStack(at: KernelMoment, task: bigint, stack: bigint): boolean {
    const base = at.memory.word(task + BigInt(this.#layout.stack), this.#layout.wordBytes);
    // Around the way in and out some of it is used already.
    return base !== undefined && base < stack && stack <= base + this.#layout.stackBytes;
  }

  /** All threads: of each process in the list that `init_task` begins, those in its list. */
  *#all(at: KernelMoment): Generator<bigint> {
    const { memory, initTask: first } = at;
    if (first === undefined) return;
    const { tasks, threads, wordBytes } = this.#layout;
    let left = THREADS_MAX;
    for (const process of listOf(memory, first + BigInt(tasks), wordBytes, true)) {
      if (--left < 0) return;
      const leader = process - BigInt(tasks);
      if (threads === undefined) {
        yield leader;
        continue;
      }
      const shared = memory.word(leader + BigInt(threads.signal), wordBytes);
      if (shared === undefined) continue;
      for (const thread of listOf(memory, shared + BigInt(threads.head), wordBytes, false)) {
        if (--left < 0) return;
        yield thread - BigInt(threads.node);
      }
    }
  }
}

/** The lowest address that may be the kernel's: arm64's upper half; of ARM a quarter, a half or three quarters of the space are programs'. */
export const kernelFrom = (initTask: bigint, wordBytes: 4 | 8): bigint =>
  wordBytes === 8 ? KERNEL_ADDRESSES : initTask & 0xc000_0000n;

/** The nodes of a `list_head`, its head only where it is a node itself. Linux include/linux/list.h. */
export function* listOf(memory: WordReader, head: bigint, wordBytes: 4 | 8, isNode: boolean): Generator<bigint> {
  if (isNode) yield head;
  let node = memory.word(head, wordBytes);
  while (node !== undefined && node !== 0n && node !== head) {
    yield node;
    node = memory.word(node, wordBytes);
  }
}

/** A task as ftrace writes it: `sh-57`. */
export const taskText = ({ name, pid }: Task): string => `${name}-${pid}`;
