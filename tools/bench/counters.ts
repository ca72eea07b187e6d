import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../../src/base/assert.ts';
import { type GuestArch, guestArchs } from '../../src/machine/arch.ts';
import { fetchGuest } from '../guests/catalogue.ts';
import { type BenchHost, hostOf } from './bench.ts';
import { runJob } from './boot.ts';
import type { CountersReport } from './counted.ts';
import { benchCompilers } from './guest/image.ts';
import { type Loop, loopKernel, loopNames } from './guest/loops.ts';
import type { BenchGuest } from './job.ts';

/** What the engine did in one recording of a guest. */
export interface Counted extends CountersReport {
  readonly guest: string;
  readonly peakRssBytes: number;
}
/** What one loop came to, recorded. */
export interface CountedLoop {
  readonly arch: GuestArch;
  readonly loop: Loop;
  readonly instructions: number;
  readonly exits: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}
/** All of it. */
export interface CountersResult {
  readonly host: BenchHost;
  readonly boots: readonly Counted[];
  readonly loops: readonly CountedLoop[];
  readonly notes: readonly string[];
  readonly findings: readonly string[];
}

interface Options {
  readonly guests: readonly string[];
  readonly say: (line: string) => void;
}

/** Records a boot of each guest with the engine's counters, and loops that do one thing each. */
export async function benchCounters({ guests, say }: Options): Promise<CountersResult> {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
  const notes: string[] = [];
  const findings: string[] = [];
  const record = async (what: string, guest: BenchGuest): Promise<CountersReport & { peakRssBytes: number }> => {
    say(what);
    const tape = join(folder, 'exits.tape');
    const { report } = await runJob({ kind: 'record', guest, tape, level: 'exits', counters: true });
    if (report.outcome !== 'poweroff') findings.push(`${what}: it ended with ${report.outcome}, not poweroff`);
    return { ...must(report.counters, 'what was counted'), peakRssBytes: report.peakRssBytes };
  };
  try {
    const boots: Counted[] = [];
    const archs = new Set<GuestArch>();
    for (const name of guests) {
      const { arch, kernel, initrd, append } = fetchGuest(name, say);
      const guest = { arch, kernel, append, ...(initrd === undefined ? {} : { initrd }) };
      archs.add(arch);
      boots.push({ guest: name, ...(await record(name, guest)) });
    }
    const loops: CountedLoop[] = [];
    for (const arch of guestArchs.filter((one) => archs.has(one)))
      for (const loop of loopNames) {
        const kernel = loopKernel(folder, arch, loop);
        if (kernel === undefined) {
          const { program, packages } = benchCompilers[arch];
          notes.push(`no loops for ${arch}: they need ${program} (Debian: ${packages})`);
          break;
        }
        const { counts, wallMs, cpuMs } = await record(`${loop}, ${arch}`, { arch, kernel, append: '' });
        const of = (name: string): number => counts[name] ?? 0;
        loops.push({ arch, loop, instructions: of('instructions retired'), exits: of('VM exits'), wallMs, cpuMs });
      }
    return { host: hostOf(), boots, loops, notes, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
