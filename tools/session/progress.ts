import { createRequire } from 'node:module';

/** How long work has come, shown on standard error while it is a terminal that nothing else is written to. */
export interface Progress {
  update(icount: number, instructions: number): void;
  stop(): void;
}

const NONE: Progress = { update() {}, stop() {} };
const FRAMES_PER_SECOND = 10;

/**
 * @param total the instruction count at which the work is done, where that is known
 * @param shown false where the guest's console goes to the same terminal
 */
export function progress(what: string, total: number | undefined, shown: boolean): Progress {
  if (!shown || process.stderr.isTTY !== true) return NONE;
  const known = total !== undefined && Number.isFinite(total) && total > 0;
  // Read here alone: most runs draw none.
  const { SingleBar } = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');
  const bar = new SingleBar({
    stream: process.stderr,
    format: known
      ? `${what} {bar} {percentage}% · {millions} M instructions · {mips} MIPS · {eta_formatted} to go`
      : `${what} {seconds} s of the guest's time · {millions} M instructions · {mips} MIPS`,
    barsize: 30,
    fps: FRAMES_PER_SECOND,
    clearOnComplete: true,
    hideCursor: true,
    gracefulExit: false,
  });
  const started = performance.now();
  const payload = (icount: number, instructions: number) => ({
    seconds: (icount / 1e9).toFixed(2),
    millions: (instructions / 1e6).toFixed(0),
    mips: (instructions / 1e3 / Math.max(1, performance.now() - started)).toFixed(0),
  });
  bar.start(known ? total : 1, 0, payload(0, 0));
  return {
    update: (icount, instructions) => bar.update(known ? Math.min(icount, total) : 0, payload(icount, instructions)),
    stop: () => bar.stop(),
  };
}
