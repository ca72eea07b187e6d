import { existsSync } from 'node:fs';

/** Linux's madvise(2) with MADV_HUGEPAGE. */
type Madvise = (address: bigint, bytes: bigint, advice: number) => number;
const MADV_HUGEPAGE = 14;
/** Where Linux has them (its admin-guide/mm/transhuge.rst): `always` gives them to everybody, `madvise` to who asks. */
const SETTING = '/sys/kernel/mm/transparent_hugepage/enabled';

interface Asking {
  readonly madvise: Madvise;
  readonly addressOf: (memory: ArrayBufferLike) => bigint;
}

/** Node's foreign functions, from Node 26 on; null: there are none, or they may not be used (`--permission`). */
function findAsking(): Asking | null {
  if (!existsSync(SETTING)) return null;
  const { emitWarning } = process;
  // That the interface may still change is nothing to tell a user: without it all goes on, slower.
  process.emitWarning = () => undefined;
  try {
    const ffi = process.getBuiltinModule?.('node:ffi') as typeof import('node:ffi') | undefined;
    if (ffi === undefined) return null;
    const { functions } = ffi.dlopen(null, {
      madvise: { arguments: ['pointer', 'uint64', 'int32'], return: 'int32' },
    });
    return { madvise: functions.madvise as Madvise, addressOf: (memory) => ffi.getRawPointer(memory as ArrayBuffer) };
  } catch {
    return null;
  } finally {
    process.emitWarning = emitWarning;
  }
}

let asking: Asking | null | undefined;

/**
 * Asks for huge pages behind a memory that was not touched yet: there is a page fault for each 2 MiB of it that is used then, not for each 4 KiB.
 * @returns whether they were asked for: not where the system has none, or Node no way to ask
 */
export function askForHugePages(memory: ArrayBufferLike): boolean {
  if (asking === undefined) asking = findAsking();
  if (asking === null) return false;
  try {
    return asking.madvise(asking.addressOf(memory), BigInt(memory.byteLength), MADV_HUGEPAGE) === 0;
  } catch {
    return false;
  }
}
