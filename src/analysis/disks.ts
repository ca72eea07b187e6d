import { hexOf, sameBytes } from '../base/bytes.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { SECTOR_BYTES } from '../base/sector.ts';
import type { DiskPageOnTape, TapeDiskPages } from '../trace/codec/disk-frames.ts';
import type { TapeReader } from '../trace/codec/tape-reader.ts';
import { type HeaderDifference, headerDifferences } from './headers.ts';

const SECTORS = PAGE_BYTES / SECTOR_BYTES;
/** Bytes that are told of a difference. */
const SHOWN = 8;

const isSame = (a: DiskPageOnTape, b: DiskPageOnTape): boolean =>
  a.digest === null || b.digest === null ? a.digest === b.digest : sameBytes(a.digest, b.digest);

/** What is told of a page that differs: its first byte that does, where both tapes hold what it was. */
function pageDifference(disk: number, page: number, a: DiskPageOnTape, b: DiskPageOnTape): HeaderDifference {
  const [ofA, ofB] = [a, b].map(({ digest, bytes }) => (digest === null ? new Uint8Array(PAGE_BYTES) : bytes));
  const first = page * SECTORS;
  if (!ofA || !ofB) {
    const text = ({ digest }: DiskPageOnTape): string => (digest === null ? 'zeros' : `sha256 ${hexOf(digest)}`);
    return { what: `disk ${disk}, sectors ${first} to ${first + SECTORS - 1}`, kind: 'disk', a: text(a), b: text(b) };
  }
  const at = ofA.findIndex((byte, n) => byte !== ofB[n]);
  const [sector, offset] = [first + Math.floor(at / SECTOR_BYTES), at % SECTOR_BYTES];
  const shown = (bytes: Uint8Array): string => hexOf(bytes.subarray(at, at + SHOWN));
  return { what: `disk ${disk}, sector ${sector}, byte ${offset}`, kind: 'disk', a: shown(ofA), b: shown(ofB) };
}

/**
 * Disks that began otherwise, as far as both guests have read the same of them: of each the page that was read first of those that differ.
 * @throws Failure where they are damaged
 */
function diskDifferences(a: TapeDiskPages, b: TapeDiskPages, disks: number): HeaderDifference[] {
  return Array.from({ length: disks }, (_, disk) => disk).flatMap((disk): HeaderDifference[] => {
    for (const page of a.pages(disk)) {
      const [ofA, ofB] = [a.page(disk, page), b.page(disk, page)];
      if (ofA !== undefined && ofB !== undefined && !isSame(ofA, ofB)) return [pageDifference(disk, page, ofA, ofB)];
    }
    return [];
  });
}

/** What two tapes say differently of what a guest is given: their headers, and what its disks began with, which stands behind the images. */
export function givenDifferences(a: TapeReader, b: TapeReader): HeaderDifference[] {
  const headers = headerDifferences(a.header, b.header);
  const disks = Math.min(a.header.disks?.length ?? 0, b.header.disks?.length ?? 0);
  const [images, rest] = [
    headers.filter(({ kind }) => kind === 'image'),
    headers.filter(({ kind }) => kind !== 'image'),
  ];
  return [...images, ...diskDifferences(a.diskPages, b.diskPages, disks), ...rest];
}
