import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../../src/base/assert.ts';
import { Failure } from '../../src/base/failure.ts';
import { cacheFolder, fetchGuest } from '../guests/catalogue.ts';
import { type Boot, measureBoot, type Row, type Subject, subjects } from './boot.ts';
import { benchInitramfs } from './guest/image.ts';
import type { BenchGuest } from './job.ts';
import { qemuVersion } from './qemu.ts';
import { fastest, type Section, type SectionTime, sectionTimes, wrongResults } from './sections.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Only what records. */
  readonly quick: boolean;
  /** The generic kernel too. */
  readonly all: boolean;
  readonly say: (line: string) => void;
}

export interface BenchHost {
  readonly processor: string;
  readonly node: string;
  readonly qemu: string | undefined;
}
export interface SectionRow {
  readonly who: Row['who'];
  readonly mode: Row['mode'];
  readonly sections: Record<Section, SectionTime>;
}
export interface BenchResult {
  readonly host: BenchHost;
  readonly rounds: number;
  readonly boots: readonly { readonly guest: string; readonly rows: readonly Row[] }[];
  readonly sections: readonly SectionRow[];
  /** What could not be measured here, and why. */
  readonly notes: readonly string[];
  /** What is wrong. */
  readonly findings: readonly string[];
}

const BOOT_GUEST = 'debian-arm64-cloud';
const ALL_GUESTS = [BOOT_GUEST, 'debian-arm64'];

function hostOf(qemu: string | undefined): BenchHost {
  const processors = cpus();
  return { processor: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`, node: process.version, qemu };
}

function guestOf(name: string, say: (line: string) => void): BenchGuest {
  const { kernel, initrd, append } = fetchGuest(name, say);
  return { kernel, initrd: must(initrd, `initrd of ${name}`), append };
}

/** Runs everything, beside QEMU where it is installed. */
export async function bench({ rounds, quick, all, say }: BenchOptions): Promise<BenchResult> {
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Failure(`--rounds ${rounds}: give a number from 1 on`);
  const qemu = qemuVersion();
  const notes: string[] = [];
  const findings: string[] = [];
  if (qemu === undefined) notes.push('qemu-system-aarch64 is not installed: nothing to compare with');
  const chosen = subjects.filter((s) => (s.who !== 'QEMU' || qemu !== undefined) && (!quick || s.mode === 'record'));
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
  const boot = async (what: string, guest: BenchGuest, of: readonly Subject[]): Promise<Boot> => {
    const done = await measureBoot({ guest, subjects: of, rounds, folder, say: (line) => say(`${what}: ${line}`) });
    findings.push(...done.findings.map((finding) => `${what}: ${finding}`));
    return done;
  };
  try {
    const boots: { guest: string; rows: readonly Row[] }[] = [];
    for (const guest of all ? ALL_GUESTS : [BOOT_GUEST])
      boots.push({ guest, rows: (await boot(guest, guestOf(guest, say), chosen)).rows });

    const sections: SectionRow[] = [];
    const initrd = benchInitramfs(join(cacheFolder(), 'bench'));
    if (initrd === undefined)
      notes.push(
        'no sections: they need a checkout of hypertape, and aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu)',
      );
    else {
      const guest = { ...guestOf(BOOT_GUEST, say), initrd, append: 'console=ttyAMA0 quiet' };
      const done = await boot(
        'sections',
        guest,
        chosen.filter((s) => s.mode !== 'record inputs'),
      );
      for (const { who, mode, runs } of done.rows) {
        const times = runs.map((run) => sectionTimes(run.console, `${who} ${mode}`));
        for (const run of times) findings.push(...wrongResults(run, `${who} ${mode}`));
        sections.push({ who, mode, sections: fastest(times) });
      }
    }
    return { host: hostOf(qemu), rounds, boots, sections, notes, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
