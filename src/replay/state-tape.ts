import { Failure } from '../base/failure.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { restoreParts, saveParts } from '../base/stateful.ts';
import { boardByName } from '../machine/boards/index.ts';
import { affinitiesOf, bootPlan } from '../machine/boot.ts';
import type { MachineConfig } from '../machine/config.ts';
import type { GuestRam } from '../machine/guest-ram.ts';
import type { MachineImages } from '../machine/images.ts';
import type { ChangedPage } from '../trace/codec/checkpoint-writer.ts';
import { type TapeStart, TapeWriter } from '../trace/codec/tape-writer.ts';
import type { Recording } from './record.ts';

/** The outcome of a tape that holds one moment of a run. */
export const CHECKPOINT_OUTCOME = 'checkpoint';

/** A machine's memory as it is built, by pages: what its loader puts there. */
export function builtPages(config: MachineConfig, images: MachineImages, ram: GuestRam): Map<number, Uint8Array> {
  const { segments } = bootPlan(config, boardByName(config.board), images, affinitiesOf(config.vcpus));
  const pages = new Map<number, Uint8Array>();
  for (const { ipa, bytes } of segments)
    for (let done = 0; done < bytes.length; ) {
      const at = Number(ipa) + done;
      const within = at % PAGE_BYTES;
      const piece = bytes.subarray(done, done + PAGE_BYTES - within);
      const page = ram.pageAt(at);
      done += piece.length;
      if (page === undefined) continue;
      let held = pages.get(page);
      if (held === undefined) pages.set(page, (held = new Uint8Array(PAGE_BYTES)));
      held.set(piece, within);
    }
  return pages;
}

/**
 * Writes a machine as it is, between two of its runs, to a tape of its own, which begins and ends at that moment: a replay verifies it, and a
 * fork goes live from it, as bhyve does from its snapshots. Nothing of it is noticed by the guest or its recording.
 * @param built its memory as it was built, of which a checkpoint tells the difference
 * @throws Failure where it cannot be written; nothing is left then
 */
export function writeStateTape(
  { machine, counter }: Recording,
  path: string,
  start: TapeStart,
  built: ReadonlyMap<number, Uint8Array>,
): void {
  const { icount, instructions, ram } = machine;
  const parts = saveParts(machine.parts);
  const writer = TapeWriter.create(path, { ...start, begin: { icount } });
  const { next, events } = counter;
  try {
    const pages = pagesBeside(ram, built);
    if (!writer.checkpoint({ icount, instructions, parts, memory: () => ({ pages, root: ram.hash().root }) }))
      throw new Failure(`the state of the machine at icount ${icount} is too large for a tape`);
    // Consoles end their lines there, which is no end of them for the machine itself.
    counter.next = writer;
    writer.finish(machine.end(CHECKPOINT_OUTCOME, 'the machine as it is here'));
  } catch (error) {
    writer.discard();
    throw error;
  } finally {
    counter.next = next;
    counter.events = events;
    restoreParts(machine.parts, parts);
    machine.cpu.engine.resumed();
  }
}

/** What is otherwise than the machine was built. */
function pagesBeside(ram: GuestRam, built: ReadonlyMap<number, Uint8Array>): ChangedPage[] {
  const zeroed = new Set(built.keys());
  const pages: ChangedPage[] = [];
  for (const { page, digest, bytes } of ram.contents()) {
    zeroed.delete(page);
    const before = built.get(page) ?? null;
    if (before === null || Buffer.compare(before, bytes) !== 0) pages.push({ page, digest, bytes, before });
  }
  for (const page of zeroed) pages.push({ page, digest: null, bytes: zeros, before: built.get(page) ?? null });
  return pages.sort((a, b) => a.page - b.page);
}
const zeros = new Uint8Array(PAGE_BYTES);
