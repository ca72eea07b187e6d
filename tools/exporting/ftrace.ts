import { withoutControls } from '../session/standard-output.ts';
import { type ExportSource, linesAsPieces, type Pieces } from './export-source.ts';
import { kvmTrace } from './kvm-trace.ts';

/** QEMU's names of its vCPU threads, and thread numbers of our own. */
export const taskOf = (vcpu: number): { readonly comm: string; readonly pid: number } => ({
  comm: `CPU ${vcpu}/KVM`,
  pid: 1000 + vcpu,
});

const NS_PER_S = 1e9;
/** Seconds with all nanoseconds, as `trace-cmd report -t` has them. */
export const timestamp = (at: number): string => {
  const seconds = Math.floor(at / NS_PER_S);
  return `${seconds}.${String(at - seconds * NS_PER_S).padStart(9, '0')}`;
};

/** ftrace's text (Linux Documentation/trace/ftrace.rst): KVM's tracepoints, a line each; a vCPU's CPU has its number. */
export const ftrace = ({ events }: ExportSource): Pieces =>
  linesAsPieces(
    (function* () {
      yield '# tracer: nop';
      yield '#';
      yield '#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION';
      yield '#              | |         |   |||||     |         |';
      for (const { at, vcpu, point, values } of kvmTrace(events())) {
        const { comm, pid } = taskOf(vcpu);
        const task = `${comm}-${pid}`.padStart(23);
        const cpu = String(vcpu).padStart(3, '0');
        yield withoutControls(`${task} [${cpu}] ..... ${timestamp(at)}: ${point.name}: ${point.text(values)}`);
      }
    })(),
  );
