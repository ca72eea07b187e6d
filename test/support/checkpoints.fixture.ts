import { must } from '../../src/base/assert.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { statesOfTape } from '../../src/timeline/tape-states.ts';
import type { ChangedPage, CheckpointToWrite } from '../../src/trace/codec/checkpoint-writer.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { TapeWriter } from '../../src/trace/codec/tape-writer.ts';

/** A checkpoint of a tape as it would be written to another; `change` makes another of it. */
export type ChangeCheckpoint = (checkpoint: CheckpointToWrite, number: number) => CheckpointToWrite;

function toWrite(reader: TapeReader, number: number): CheckpointToWrite {
  const { icount, instructions, parts, root, pages } = reader.checkpoint(number);
  const changed = pages.map(({ page, content }): ChangedPage => {
    const digest = content === null ? null : reader.pageDigest(content);
    return { page, digest, bytes: content === null ? new Uint8Array(4096) : reader.pageContent(content), before: null };
  });
  return { icount, instructions, parts, memory: () => ({ pages: changed, root }) };
}

/** Writes the checkpoints that a tape has before an event to another tape, that event not written yet. */
export function copyCheckpoints(
  reader: TapeReader,
  ordinal: number,
  writer: TapeWriter,
  change: ChangeCheckpoint,
): void {
  for (const [number, info] of reader.checkpoints.entries())
    if (info.ordinal === ordinal) writer.checkpoint(change(toWrite(reader, number), number));
}

/** Another byte in a page at a checkpoint, sound in itself: digests and root are those of the memory that it names. */
export function withOtherMemory(reader: TapeReader, at: number): ChangeCheckpoint {
  const session = new ReplaySession(reader, { consoleOut() {} });
  session.run(0);
  session.restore(must(statesOfTape(reader, session.save(), true)[at], 'the checkpoint').load());
  const { ram, vm } = session.machine;
  const { ipa, bytes } = must(vm.memory.segments[0], 'RAM');
  const where = ipa + bytes - 2 * 4096;
  const honest = must(vm.memory.view(where, 4096), 'the page').slice();
  const followed = ram.follow();
  vm.memory.write(
    where,
    Uint8Array.from(honest, (byte, n) => (n === 100 ? byte ^ 1 : byte)),
  );
  const forged = followed.take().map((one) => ({ ...one, bytes: one.bytes.slice() }));
  const { root } = ram.hash();
  const back: ChangedPage[] = forged.map((one) => ({ ...one, digest: null, bytes: honest }));
  const merged = (pages: readonly ChangedPage[], more: readonly ChangedPage[]): ChangedPage[] =>
    [...pages.filter((one) => !more.some((other) => other.page === one.page)), ...more].sort((a, b) => a.page - b.page);
  return (checkpoint, number) => {
    const { pages, root: honestRoot } = checkpoint.memory();
    if (number === at) return { ...checkpoint, memory: () => ({ pages: merged(pages, forged), root }) };
    if (number === at + 1 && honest.every((byte) => byte === 0))
      return { ...checkpoint, memory: () => ({ pages: merged(pages, back), root: honestRoot }) };
    return checkpoint;
  };
}
