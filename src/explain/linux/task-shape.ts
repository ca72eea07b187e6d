// Where things lie in `task_struct` of a kernel that does not tell its types, by what its tasks look like in memory.

import type { WordReader } from '../../inspect/memory-at-once.ts';

/** Bytes from the beginning of `task_struct`. Linux include/linux/sched.h. */
export interface TaskShape {
  readonly pid: number;
  readonly comm: number;
  readonly stack: number;
  readonly tasks: number;
}

/** What is looked for lies in the first part of the structure, which is larger (its end holds registers). */
const WINDOW_BYTES = 0x3000;
/** TASK_COMM_LEN. */
export const COMM_BYTES = 16;
/** The name of the task that boots, before and after the kernel tells idle threads apart (init/init_task.c, kernel/sched/core.c). */
const FIRST_NAMES: ReadonlySet<string> = new Set(['swapper', 'swapper/0']);
/** What pid 2 calls itself (kernel/kthread.c). */
const SECOND_NAME = 'kthreadd';
/** Tasks that are compared with each other, and nodes of lists that are looked at in all. */
const COMPARED_MAX = 256;
const NODES_MAX = 1 << 16;
const PRINTABLE = /^[\x20-\x7e]{1,15}$/;

/** A name of a task; undefined where there is none. */
export function nameAt(memory: WordReader, at: bigint): string | undefined {
  const bytes: number[] = [];
  for (let n = 0; n < COMM_BYTES; n += 4) {
    const word = memory.word(at + BigInt(n), 4);
    if (word === undefined) return undefined;
    for (let shift = 0; shift < 32; shift += 8) bytes.push(Number((word >> BigInt(shift)) & 0xffn));
  }
  const end = bytes.indexOf(0);
  const name = String.fromCharCode(...bytes.slice(0, Math.max(end, 0)));
  return PRINTABLE.test(name) ? name : undefined;
}

/** Where a task's name is: in the one that boots it stands for sure. Undefined where it is not there, or more than once. */
export function commIn(memory: WordReader, initTask: bigint): number | undefined {
  let found: number | undefined;
  for (let offset = 0; offset < WINDOW_BYTES; offset += 4) {
    if (!FIRST_NAMES.has(nameAt(memory, initTask + BigInt(offset)) ?? '')) continue;
    if (found !== undefined) return undefined;
    found = offset;
  }
  return found;
}

/**
 * The rest of it, once some tasks run. Each part is what alone has its shape in all tasks: `tasks` the circular list, linked both ways, whose
 * nodes all lie in structures with a name, pid 2's among them; `pid`, which in a process is followed by the same number (`tgid`), 0, 1 and 2
 * in the first three, and another in each; `stack` an address of the kernel's, aligned as stacks are, and another in each. Undefined where one
 * of them is not there, or could be two things.
 * @param kernelFrom the lowest address that may be the kernel's
 * @param stackBytes THREAD_SIZE
 */
export function shapeOf(
  memory: WordReader,
  initTask: bigint,
  comm: number,
  {
    wordBytes,
    kernelFrom,
    stackBytes,
  }: { readonly wordBytes: 4 | 8; readonly kernelFrom: bigint; readonly stackBytes: bigint },
): TaskShape | undefined {
  const lists = listsOf(memory, initTask, comm, wordBytes, kernelFrom);
  const [list] = lists;
  if (list === undefined || lists.length > 1) return undefined;
  const windows = list.tasks.slice(0, COMPARED_MAX).map((task) => windowOf(memory, task));
  const bytes = Math.min(...windows.map(({ length }) => 4 * length));
  const pids: number[] = [];
  const stacks: number[] = [];
  for (let offset = 0; offset + 8 <= bytes; offset += 4) {
    const low = windows.map((words) => words[offset / 4] as number);
    const next = windows.map((words) => words[offset / 4 + 1] as number);
    if (new Set(low).size < low.length) continue;
    if (low.every((pid, n) => (n > 2 || pid === n) && pid < 1 << 22 && next[n] === pid)) pids.push(offset);
    if (offset % wordBytes !== 0) continue;
    const isStack = (word: number, n: number): boolean => {
      const address = wordBytes === 4 ? BigInt(word) : BigInt(word) | (BigInt(next[n] as number) << 32n);
      return address >= kernelFrom && address % stackBytes === 0n;
    };
    if (low.every(isStack)) stacks.push(offset);
  }
  const [pid, ...otherPids] = pids;
  const [stack, ...otherStacks] = stacks;
  if (pid === undefined || stack === undefined || otherPids.length > 0 || otherStacks.length > 0) return undefined;
  return { pid, comm, stack, tasks: list.offset };
}

/** The words of a structure's beginning, as far as they are mapped. */
function windowOf(memory: WordReader, at: bigint): readonly number[] {
  const words: number[] = [];
  for (let offset = 0; offset < WINDOW_BYTES; offset += 4) {
    const word = memory.word(at + BigInt(offset), 4);
    if (word === undefined) break;
    words.push(Number(word));
  }
  return words;
}

interface TaskList {
  readonly offset: number;
  readonly tasks: readonly bigint[];
}

/** Lists of tasks that the first one may begin. */
function listsOf(memory: WordReader, initTask: bigint, comm: number, wordBytes: 4 | 8, kernelFrom: bigint): TaskList[] {
  const found: TaskList[] = [];
  let left = NODES_MAX;
  const tasksAt = (offset: number): readonly bigint[] | undefined => {
    const head = initTask + BigInt(offset);
    const tasks = [initTask];
    let before = head;
    for (;;) {
      const node = memory.word(before, wordBytes);
      if (node === undefined || node < kernelFrom || memory.word(node + BigInt(wordBytes), wordBytes) !== before)
        return undefined;
      if (node === head) return tasks;
      const task = node - BigInt(offset);
      if (--left < 0 || nameAt(memory, task + BigInt(comm)) === undefined) return undefined;
      tasks.push(task);
      before = node;
    }
  };
  for (let offset = 0; offset < WINDOW_BYTES && left >= 0; offset += wordBytes) {
    const tasks = tasksAt(offset);
    const second = tasks?.[2];
    if (tasks !== undefined && second !== undefined && nameAt(memory, second + BigInt(comm)) === SECOND_NAME)
      found.push({ offset, tasks });
  }
  return found;
}
