import { Failure } from '../base/failure.ts';
import { BadField, integer, list, octets, record } from '../base/fields.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { firstDifference, isPlainMap, type Plain, type PlainMap } from '../base/plain.ts';
import { restoreParts, type SavedPart, type Stateful, saveParts } from '../base/stateful.ts';
import type { GuestMemory, Segment } from '../hyp/vmm/memory.ts';
import { encodeConfig, type MachineConfig } from './config.ts';
import type { MemoryHash } from './memory-hash.ts';

/** Of the form below; parts have versions of their own. */
const FORM = 1;

/** A whole machine at rest: data that any codec can carry. What follows from the rest (caches, translations) is not in it. */
export interface SavedMachine extends PlainMap {
  readonly form: number;
  readonly config: PlainMap;
  readonly parts: readonly SavedPart[];
  /** The pages of RAM that are not all zero, ascending: number from RAM's base, and contents. */
  readonly pages: readonly SavedPage[];
}
interface SavedPage extends PlainMap {
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** What saving and restoring ask of a machine. */
export interface WholeMachine {
  readonly config: MachineConfig;
  readonly parts: readonly Stateful[];
  readonly vm: { readonly memory: GuestMemory };
  memoryHash(): MemoryHash;
}

const ram = ({ vm }: WholeMachine): Segment => vm.memory.segments[0] as Segment;
const pageView = (machine: WholeMachine, page: number): Uint8Array =>
  machine.vm.memory.view(ram(machine).ipa + PAGE_BYTES * page, PAGE_BYTES) as Uint8Array;

/** Everything of a machine, its memory by the pages that are not zero. */
export function saveMachine(machine: WholeMachine): SavedMachine {
  const hash = machine.memoryHash();
  const pages: SavedPage[] = [];
  for (let page = 0; page < hash.pages; page++)
    if (!hash.isZero(page)) pages.push({ page, bytes: pageView(machine, page).slice() });
  return { form: FORM, config: encodeConfig(machine.config), parts: saveParts(machine.parts), pages };
}

/** @throws Failure */
export function restoreMachine(machine: WholeMachine, saved: Plain): void {
  if (!isPlainMap(saved)) throw new Failure('saved state: no map; restore from another checkpoint');
  const form = typeof saved.form === 'bigint' ? Number(saved.form) : saved.form;
  if (form !== FORM)
    throw new Failure(`saved state: form ${String(form)}, this program knows ${FORM}; use the hypertape that saved it`);
  const other = firstDifference(encodeConfig(machine.config), saved.config);
  if (other !== undefined)
    throw new Failure(`saved state: of a machine with another ${other || 'configuration'}; restore it into its own`);
  const pages = readPages(saved.pages, machine.memoryHash().pages);
  restoreParts(machine.parts, saved.parts);
  restorePages(machine, pages);
}

function readPages(saved: Plain | undefined, pagesMax: number): readonly SavedPage[] {
  const page = record<{ page: number; bytes: Uint8Array }>({
    page: integer(0, pagesMax - 1),
    bytes: octets(PAGE_BYTES),
  });
  try {
    const pages = list(page, { max: pagesMax }).read(saved, 'pages');
    pages.forEach((one, i) => {
      if (i > 0 && one.page <= (pages[i - 1]?.page as number))
        throw new BadField(`pages[${i}].page`, 'does not ascend');
      if (one.bytes.every((byte) => byte === 0)) throw new BadField(`pages[${i}].bytes`, 'all zero');
    });
    return pages as unknown as readonly SavedPage[];
  } catch (error) {
    if (!(error instanceof BadField)) throw error;
    throw new Failure(`saved state: field ${error.at} of memory: ${error.problem}; restore from another checkpoint`);
  }
}

/** What the machine was built with and the state does not have is zero. */
function restorePages(machine: WholeMachine, pages: readonly SavedPage[]): void {
  const { memory } = machine.vm;
  const { ipa } = ram(machine);
  const hash = machine.memoryHash();
  const kept = new Set(pages.map(({ page }) => page));
  for (let page = 0; page < hash.pages; page++)
    if (!kept.has(page) && !hash.isZero(page)) memory.zero(ipa + PAGE_BYTES * page, PAGE_BYTES);
  for (const { page, bytes } of pages) memory.write(ipa + PAGE_BYTES * page, bytes);
}
