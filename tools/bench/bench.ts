// bench/: speed, of each kind of work, beside QEMU where it is installed.

import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../../src/base/assert.ts';
import { Failure } from '../../src/base/failure.ts';
import { type GuestArch, guestArchs } from '../../src/machine/arch.ts';
import { fetchGuest, guestsFolder } from '../guests/catalogue.ts';
import { type Boot, isAgain, measureBoot, type Row, type Subject, subjects } from './boot.ts';
import { benchCompilers, benchInitramfs } from './guest/image.ts';
import type { BenchGuest } from './job.ts';
import { qemuProgram, qemuVersion } from './qemu.ts';
import {
  medianRun,
  type Section,
  type SectionTime,
  sectionResults,
  sections,
  sectionTimes,
  wrongResults,
} from './sections.ts';

/** What is measured. */
export interface BenchOptions {
  readonly rounds: number;
  /** Only what records. */
  readonly quick: boolean;
  /** Debian guests of the catalogue, to boot; the first of an architecture carries the sections too. */
  readonly guests: readonly string[];
  readonly say: (line: string) => void;
}

/** The machine that measured, as far as figures depend on it. */
export interface BenchHost {
  readonly processor: string;
  readonly node: string;
  readonly qemu: string | undefined;
}
/** The time of one kind of work, in each program. */
export interface SectionRow {
  readonly arch: GuestArch;
  readonly who: Row['who'];
  readonly mode: Row['mode'];
  readonly sections: Record<Section, SectionTime>;
  /** Round by round. */
  readonly runs: readonly Record<Section, SectionTime>[];
}
/** All that was measured. */
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

/** A guest of each architecture. */
export const benchGuests = ['debian-arm64-cloud', 'debian-armv7'] as const;
/** Guests whose boots can be measured. */
export const allBenchGuests = [
  'debian-arm64-cloud',
  'debian-arm64-cloud-newest',
  'debian-arm64',
  'debian-armv7',
  'debian-armv7-lpae',
] as const;

/** This machine. */
export function hostOf(): BenchHost {
  const processors = cpus();
  const qemu = guestArchs.map(qemuVersion).find((version) => version !== undefined);
  return { processor: `${processors.length} × ${processors[0]?.model ?? 'unknown'}`, node: process.version, qemu };
}

/** A guest of the catalogue, which is fetched if it is not here. @throws Failure where it boots no Linux */
export function guestOf(name: string, say: (line: string) => void): BenchGuest {
  const { arch, kernel, initrd, append } = fetchGuest(name, say);
  if (initrd === undefined)
    throw new Failure(`--guest ${name}: no Linux to boot; give one of ${allBenchGuests.join(', ')}`);
  return { arch, kernel, initrd, append };
}

/** Runs everything, beside QEMU where it is installed. */
export async function bench({ rounds, quick, guests, say }: BenchOptions): Promise<BenchResult> {
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Failure(`--rounds ${rounds}: give a number from 1 on`);
  const notes: string[] = [];
  const findings: string[] = [];
  const chosen = guests.map((name) => ({ name, guest: guestOf(name, say) }));
  const archs = guestArchs.filter((arch) => chosen.some(({ guest }) => guest.arch === arch));
  const without = archs.filter((arch) => qemuVersion(arch) === undefined);
  for (const arch of without) notes.push(`${qemuProgram(arch)} is not installed: nothing to compare ${arch} with`);
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-bench-'));
  const boot = async (what: string, guest: BenchGuest, wanted: (subject: Subject) => boolean): Promise<Boot> => {
    const of = subjects.filter(
      (s) =>
        wanted(s) &&
        (s.who !== 'QEMU' || !without.includes(guest.arch)) &&
        (!quick || s.mode === 'record' || s.mode === 'record again'),
    );
    const done = await measureBoot({ guest, subjects: of, rounds, folder, say: (line) => say(`${what}: ${line}`) });
    findings.push(...done.findings.map((finding) => `${what}: ${finding}`));
    return done;
  };
  const sectionsOf = async (arch: GuestArch): Promise<SectionRow[]> => {
    const initrd = benchInitramfs(join(guestsFolder(), 'bench'), arch, 'bench');
    if (initrd === undefined) {
      const { program, packages } = benchCompilers[arch];
      notes.push(`no sections for ${arch}: they need ${program} (Debian: ${packages})`);
      return [];
    }
    const { guest } = must(
      chosen.find((c) => c.guest.arch === arch),
      `guest of ${arch}`,
    );
    const work = { ...guest, initrd, append: 'console=ttyAMA0 quiet' };
    const done = await boot(`sections of ${arch}`, work, (s) => s.mode !== 'record inputs' && !isAgain(s));
    return done.rows.map(({ who, mode, runs }) => {
      const times = runs.map((run) => sectionTimes(run.console, `${who} ${mode}`, sections));
      for (const run of times) findings.push(...wrongResults(run, `${who} ${mode}`, sectionResults));
      return { arch, who, mode, sections: medianRun(times), runs: times };
    });
  };
  try {
    const boots: { guest: string; rows: readonly Row[] }[] = [];
    for (const { name, guest } of chosen) boots.push({ guest: name, rows: (await boot(name, guest, () => true)).rows });
    const rows: SectionRow[] = [];
    for (const arch of archs) rows.push(...(await sectionsOf(arch)));
    return { host: hostOf(), rounds, boots, sections: rows, notes, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
