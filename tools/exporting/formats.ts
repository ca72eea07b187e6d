import type { ExportSource, Pieces } from './export-source.ts';

/** A format that events are exported to. */
export interface Format {
  readonly describe: string;
  /** Whose program is loaded when it is asked for. */
  readonly load: () => Promise<(source: ExportSource) => Pieces>;
}

/** What `--to` takes. */
export const formats = {
  perfetto: {
    describe: 'a timeline for ui.perfetto.dev',
    load: async () => (await import('./perfetto.ts')).perfetto,
  },
  ftrace: {
    describe: "the text of the kernel's tracer, with KVM's tracepoints",
    load: async () => (await import('./ftrace.ts')).ftrace,
  },
  tracedat: {
    describe: 'the file of trace-cmd and KernelShark',
    load: async () => (await import('./trace-dat.ts')).traceDat,
  },
  vcd: {
    describe: 'lines of interrupts and timers for GTKWave',
    load: async () => (await import('./vcd.ts')).vcd,
  },
  jsonl: {
    describe: 'a JSON object an event, as "events --json" prints them',
    load: async () => (await import('./jsonl.ts')).jsonl,
  },
} as const satisfies Readonly<Record<string, Format>>;
/** A format's name. */
export type FormatName = keyof typeof formats;
/** All of them. */
export const formatNames = Object.keys(formats) as readonly FormatName[];
