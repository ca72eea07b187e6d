import { Failure } from '../../src/base/failure.ts';
import type { DiskConfig, DiskFault } from '../../src/machine/disks/disk-config.ts';
import { type DiskFormat, diskFormats, openDisk } from '../../src/machine/disks/open-disk.ts';
import { type DiskSource, openDisks } from '../../src/replay/disks.ts';
import { numberOf, timeOf } from './numbers.ts';

const isWord = (part: string): boolean => part === 'ro' || /^(format|serial)=/.test(part);

/** `F[,ro][,format=raw|qcow2][,serial=…]`: what stands before the first of these words is the file, commas included. @throws Failure */
export function parseDisk(text: string) {
  const parts = text.split(',');
  const first = parts.findIndex((_, i) => i > 0 && parts.slice(i).every(isWord));
  const words = first < 0 ? [] : parts.slice(first);
  const file = (first < 0 ? parts : parts.slice(0, first)).join(',');
  if (file === '') throw new Failure(`--disk ${text}: give a file`);
  let format: DiskFormat = file.endsWith('.qcow2') ? 'qcow2' : 'raw';
  let serial: string | undefined;
  for (const word of words) {
    const [key, value = ''] = word.split('=');
    if (key === 'serial') serial = value;
    if (key !== 'format') continue;
    const known = diskFormats.find((one) => one === value);
    if (known === undefined) throw new Failure(`--disk ${text}: its format is one of ${diskFormats.join(', ')}`);
    format = known;
  }
  return { file, format, readOnly: words.includes('ro'), serial };
}

/** A share of 0 to 1, of 2^32. */
function shareOf(option: string, text: string): number {
  const share = Number(text);
  if (text === '' || !(share >= 0 && share <= 1)) throw new Failure(`${option}: give a share of 0 to 1, as 0.001`);
  return Math.round(share * 2 ** 32);
}

/** `[bad=SHARE][,slow=SHARE:TIME][,seed=N][,disk=N]`: how a disk fails, or each where none is said. @throws Failure */
export function parseFault(text: string): { readonly disk: number | undefined; readonly fault: DiskFault } {
  const option = `--disk-fault ${text}`;
  let disk: number | undefined;
  let fault: DiskFault = { seed: 0, bad: 0, slow: 0, slowNs: 0 };
  for (const part of text.split(',')) {
    const [key, value = ''] = part.split('=');
    if (key === 'bad') fault = { ...fault, bad: shareOf(option, value) };
    else if (key === 'slow') {
      const [share = '', time = ''] = value.split(':');
      fault = { ...fault, slow: shareOf(option, share), slowNs: timeOf(option, time) };
    } else if (key === 'seed') fault = { ...fault, seed: numberOf(option, value) };
    else if (key === 'disk') disk = numberOf(option, value);
    else throw new Failure(`${option}: give bad=SHARE, slow=SHARE:TIME, seed=N and disk=N, with commas between`);
  }
  return { disk, fault };
}

/** What a machine's disks are, and where they come from. @throws Failure */
export function disksOf(
  disks: readonly string[],
  faults: readonly string[],
): { readonly configs: readonly DiskConfig[]; readonly sources: readonly DiskSource[] } {
  const wanted = disks.map(parseDisk);
  const given = faults.map(parseFault);
  for (const { disk } of given)
    if (disk !== undefined && disk >= wanted.length)
      throw new Failure(`--disk-fault: there is no disk ${disk}; they count from 0`);
  if (given.length > 0 && wanted.length === 0) throw new Failure('--disk-fault: goes with --disk');
  return openDisks(
    wanted.map((disk, n) => ({
      ...disk,
      serial: disk.serial ?? `hypertape-${n}`,
      fault: given.findLast((one) => one.disk === undefined || one.disk === n)?.fault,
    })),
  );
}

/** The files that a tape's disks began with, in their order. @throws Failure where they cannot have been these */
export function disksFor(disks: readonly string[], configs: readonly DiskConfig[]): DiskSource[] {
  return disks.map((text, n) => {
    const { file, format } = parseDisk(text);
    const base = openDisk(file, format);
    const bytes = configs[n]?.bytes;
    if (bytes === undefined) throw new Failure(`--disk ${text}: the tape's machine has ${configs.length} disks`);
    if (base.bytes !== bytes) throw new Failure(`--disk ${text}: ${base.bytes} bytes, disk ${n} has ${bytes}`);
    return { base, file, format };
  });
}
