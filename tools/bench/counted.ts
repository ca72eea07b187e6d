import { PerformanceObserver } from 'node:perf_hooks';
import type { RunSession } from '../../src/replay/record.ts';
import { kvmClassName } from '../../src/trace/events/index.ts';

/** What the engine did in a run, and what that took of the host. */
export interface CountersReport {
  /** Milliseconds of the run: on the wall, of all threads' CPU time, of this thread's. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly threadMs: number;
  /** The same of parts of it: finding code, modules aside; translating; collecting garbage. */
  readonly findMs: number;
  readonly translateMs: number;
  readonly gcMs: number;
  /** By what was counted. */
  readonly counts: Readonly<Record<string, number>>;
  /** VM exits by class. */
  readonly exits: Readonly<Record<string, number>>;
}

/** Counts from now on what the session's engine does; what it returns tells of that. */
export function startCounting({ machine, counter }: RunSession): () => Promise<CountersReport> {
  const { engine, architecture } = machine.cpu;
  engine.counters.clock = () => performance.now();
  let gcMs = 0;
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration;
  });
  collections.observe({ entryTypes: ['gc'] });
  const begin = performance.now();
  const [cpu, thread] = [process.cpuUsage(), process.threadCpuUsage()];
  const msOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
  return async () => {
    const wallMs = performance.now() - begin;
    const [cpuMs, threadMs] = [msOf(process.cpuUsage(cpu)), msOf(process.threadCpuUsage(thread))];
    // The observer is told in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve));
    collections.disconnect();
    const { modules, blocks, instructions, lifts } = engine.translated;
    const { translations, walks } = architecture.mmu.counts;
    const { findMs, translateMs, counts } = engine.counters;
    return {
      ...{ wallMs, cpuMs, threadMs, findMs, translateMs, gcMs },
      counts: {
        'instructions retired': machine.instructions,
        'modules translated': modules,
        'blocks translated': blocks,
        'instructions translated': instructions,
        'blocks lifted': lifts,
        ...counts,
        'addresses translated': translations,
        'table walks': walks,
        'VM exits': counter.exits,
        events: counter.events,
      },
      exits: Object.fromEntries(
        [...counter.exitsByClass].sort(([, a], [, b]) => b - a).map(([kvmClass, n]) => [kvmClassName(kvmClass), n]),
      ),
    };
  };
}
