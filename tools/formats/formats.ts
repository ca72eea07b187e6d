// formats/: the verb "export": which formats there are, and what makes each.

import type { ExportSource, Pieces } from '../exporting/export-source.ts';
import type { Exported, Format, Put } from './exported.ts';

/** A format that is made of events alone. */
const ofEvents =
  (make: (source: ExportSource) => Pieces) =>
  ({ source }: Exported, put: Put): void => {
    for (const piece of make(source())) put(piece);
  };

/** What `--to` takes. */
export const formats = {
  perfetto: {
    describe: 'a timeline for ui.perfetto.dev',
    load: async () => ofEvents((await import('../exporting/perfetto.ts')).perfetto),
  },
  ftrace: {
    describe: "the text of the kernel's tracer, with KVM's tracepoints",
    load: async () => ofEvents((await import('../exporting/ftrace.ts')).ftrace),
  },
  tracedat: {
    describe: 'the file of trace-cmd and KernelShark',
    load: async () => ofEvents((await import('../exporting/trace-dat.ts')).traceDat),
  },
  collapsed: {
    describe: 'stacks of who exits for what, for flamegraph.pl',
    load: async () => (await import('./stacks.ts')).collapsed,
  },
  speedscope: {
    describe: 'the same for speedscope.app',
    load: async () => (await import('./stacks.ts')).speedscope,
  },
  pprof: {
    describe: 'the same for go tool pprof',
    load: async () => (await import('./stacks.ts')).pprof,
  },
  vcd: {
    describe: 'lines of interrupts and timers for GTKWave',
    load: async () => ofEvents((await import('../exporting/vcd.ts')).vcd),
  },
  tarmac: {
    describe: "the instructions of a stretch, as Arm's models trace them",
    load: async () => (await import('./tarmac.ts')).tarmac,
  },
  pcap: {
    describe: 'network traffic for Wireshark',
    load: async () => (await import('./pcap.ts')).pcap,
  },
  drcov: {
    describe: 'which code was executed, for Lighthouse in a disassembler',
    load: async () => (await import('./coverage.ts')).drcovOf,
  },
  lcov: {
    describe: 'how often each line of source was executed, where --symbols or --program has DWARF, for genhtml',
    load: async () => (await import('./coverage.ts')).lcovOf,
  },
  parquet: {
    describe: 'a table of "query", by --table',
    load: async () => (await import('./parquet.ts')).parquet,
  },
  jsonl: {
    describe: 'a JSON object an event, as "events --json" prints them',
    load: async () => ofEvents((await import('../exporting/jsonl.ts')).jsonl),
  },
} as const satisfies Readonly<Record<string, Format>>;
/** A format's name. */
export type FormatName = keyof typeof formats;
/** All of them. */
export const formatNames = Object.keys(formats) as readonly FormatName[];
