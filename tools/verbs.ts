// The verbs, in the order of the help. Each is loaded when it is asked for: a start reads what its verb needs.

import type { Command } from './session/command.ts';

const verbs: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.ts')).run,
  record: async () => (await import('./commands/record.ts')).record,
  replay: async () => (await import('./commands/replay.ts')).replay,
  info: async () => (await import('./commands/info.ts')).info,
  events: async () => (await import('./commands/events.ts')).events,
  profile: async () => (await import('./commands/profile.ts')).profile,
  export: async () => (await import('./commands/export.ts')).exportTape,
  import: async () => (await import('./commands/import.ts')).importTrace,
  query: async () => (await import('./commands/query.ts')).query,
  dataset: async () => (await import('./commands/dataset.ts')).dataset,
  check: async () => (await import('./commands/check.ts')).check,
  where: async () => (await import('./commands/where.ts')).where,
  ctl: async () => (await import('./commands/ctl.ts')).ctl,
  'who-wrote': async () => (await import('./commands/who-wrote.ts')).whoWrote,
  why: async () => (await import('./commands/why.ts')).why,
  diff: async () => (await import('./commands/diff.ts')).diff,
  bisect: async () => (await import('./commands/bisect.ts')).bisect,
  trace: async () => (await import('./commands/trace.ts')).trace,
  mem: async () => (await import('./commands/mem.ts')).mem,
  translate: async () => (await import('./commands/translate.ts')).translate,
  core: async () => (await import('./commands/core.ts')).core,
  disk: async () => (await import('./commands/disk.ts')).disk,
  report: async () => (await import('./commands/report.ts')).report,
  gdb: async () => (await import('./commands/gdb.ts')).gdb,
  dap: async () => (await import('./commands/dap.ts')).dap,
  index: async () => (await import('./commands/index.ts')).index,
  strip: async () => (await import('./commands/strip.ts')).strip,
  retrace: async () => (await import('./commands/retrace.ts')).retrace,
  fork: async () => (await import('./commands/fork.ts')).fork,
  sweep: async () => (await import('./commands/sweep.ts')).sweep,
  minimize: async () => (await import('./commands/minimize.ts')).minimize,
  repair: async () => (await import('./commands/repair.ts')).repair,
  guest: async () => (await import('./commands/guest.ts')).guest,
  bench: async () => (await import('./commands/bench.ts')).bench,
};

/** What the command line has, in the order of the help. */
export const verbNames: readonly string[] = Object.keys(verbs);

/** The verb of that name, if there is one. */
export const verbOf = async (name: string | undefined): Promise<Command | undefined> =>
  name !== undefined && Object.hasOwn(verbs, name) ? await verbs[name]?.() : undefined;

/** Every verb, for texts that tell of all. */
export const allVerbs = (): Promise<readonly Command[]> => Promise.all(Object.values(verbs).map((load) => load()));
