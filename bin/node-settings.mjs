// What a Node that runs scripts is started with.
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A young generation that stays small: translation makes much that is garbage at once, and memory is the guest's. No inlining of
 * translated code into translated code, for which V8 would keep accounts at every call: regions are as large as they should be.
 * And no waiting with a function's compilation until it is called: what is translated is hot, and its module is compiled by a thread beside the run.
 * Twice as long as by default until V8 optimises a function: those of a page's hot blocks are larger than what compilers write.
 * The program's own functions half as long as by default, and a fifth of the time after they met something new: a boot is some seconds, of
 * which a seventh was in code that was not optimised yet; the main thread takes 0.96 of its CPU.
 * And V8's compilers and collectors leave a processor to the run, where by default there are four of them on any host.
 */
export const NODE_OPTIONS = [
  '--max-semi-space-size=8',
  '--no-wasm-inlining',
  '--no-wasm-inlining-call-indirect',
  '--no-wasm-lazy-compilation',
  '--wasm-tiering-budget=26000000',
  '--invocation-count-for-maglev=200',
  '--minimum-invocations-after-ic-update=100',
  `--v8-pool-size=${Math.max(1, Math.min(availableParallelism() - 1, 4))}`,
];

/**
 * How glibc's allocator keeps house in a Node that runs scripts (mallopt(3), glibc's "Tunables"); it reads this once, at the start. V8's
 * compilers take and give back tens of megabytes, each thread from an arena of its own, whose pages glibc would keep: one arena for all
 * records a boot of Debian in 60 MB less. Huge pages, where the kernel gives them to those that ask (madvise), save a quarter of a boot's
 * page faults, and of a short command's more than half.
 */
export const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '1', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** A folder of what can be had again, by the XDG Base Directory Specification. */
export const cacheFolder = (name) => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hypertape', name);

/** Where Node keeps what it has compiled of the program: a third of a short command's time. */
export const COMPILE_CACHE = cacheFolder('compiled');
