import { hexOf } from '../base/bytes.ts';
import { MiB } from '../base/limits.ts';
import { decodeTranslations, encodeTranslations } from '../core/engine/saved-translations.ts';
import { SharedTranslations, translationStore } from '../core/engine/translation-store.ts';
import { sha256OfPieces } from '../host/digests.ts';
import { keptTranslations } from '../host/kept-files.ts';
import type { MachineConfig } from './config.ts';
import type { MachineImages } from './images.ts';
import type { Machine } from './machine.ts';

/** What is looked at of the image that a machine begins with: which translations fit is found by the code itself. */
const IMAGE_BYTES = 1 * MiB;
/** So many new modules are worth being written, and a part of those that were known. */
const MODULES_MIN = 16;
const KNOWN_TO_NEW = 16;

/** Before anything was run: what the process has translated is taken, and what this machine translates is left to others. */
export function shareTranslations({ config, cpu }: Machine, images: MachineImages): void {
  beginKept(config, images);
  cpu.engine.shareTranslations();
}

/**
 * Where translations are kept, the first machine of a process begins with what an earlier one has translated of its guest: no guest can
 * tell (DDI 0487, B2.4.4, asks for less than that code is translated anew where it changes).
 */
function beginKept(config: MachineConfig, images: MachineImages): void {
  const files = keptTranslations.atEnd === undefined ? keptTranslations.open() : undefined;
  if (files === undefined) return;
  const name = nameOf(config, images);
  const bytes = files.read(name);
  translationStore.begin((bytes === undefined ? undefined : restored(bytes)) ?? new SharedTranslations());
  const known = translationStore.current.kept?.modules.length ?? 0;
  keptTranslations.atEnd = () => {
    const { current } = translationStore;
    const added = current.kept?.added ?? 0;
    if (added < Math.max(MODULES_MIN, known / KNOWN_TO_NEW)) return;
    const saved = current.save();
    if (saved !== undefined) files.write(name, encodeTranslations(saved));
  };
}

/** Of what is most likely the same guest in the same memory. */
function nameOf({ arch, memoryBytes, gicVersion }: MachineConfig, images: MachineImages): string {
  const { bytes } = images.first;
  const machine = JSON.stringify([arch, memoryBytes, gicVersion, bytes.length]);
  return hexOf(sha256OfPieces([machine, bytes.subarray(0, IMAGE_BYTES)]));
}

function restored(bytes: Uint8Array): SharedTranslations | undefined {
  try {
    return SharedTranslations.of(decodeTranslations(bytes));
  } catch {
    // Damaged, though its digest is right: it is as if it were not there.
    return undefined;
  }
}
