import { type Pa, pa } from '../base/brands.ts';
import type { CfiFlash, FlashMemory } from '../devices/flash/cfi-flash.ts';
import type { GuestMemory, Segment } from '../hyp/vmm/memory.ts';
import { type Board, bytesOfFlash } from './boards/board.ts';

/**
 * Where a bank's contents are: memory of the host, which stage 2 shows the guest while the bank's array is read, as KVM has it of memory
 * slots that are read-only (Linux Documentation/virt/kvm/api.rst, KVM_MEM_READONLY).
 */
export class FlashBank implements FlashMemory {
  readonly segment: Segment;
  readonly #memory: GuestMemory;
  readonly #unmap: (segment: Segment) => void;
  /** Derived from the configuration. */
  #device: CfiFlash | null = null;

  private constructor(memory: GuestMemory, place: Omit<Segment, 'rom'>, unmap: (segment: Segment) => void) {
    const bank = this;
    this.segment = {
      ...place,
      rom: {
        get isMapped() {
          return bank.#device?.isMapped ?? true;
        },
      },
    };
    this.#memory = memory;
    this.#unmap = unmap;
    memory.add(this.segment);
  }
  /** A board's banks, side by side in the host's memory from `at` on. */
  static ofBoard(memory: GuestMemory, board: Board, at: Pa, unmap: (segment: Segment) => void): FlashBank[] {
    const { banks = [] } = board.flash ?? {};
    const bytes = bytesOfFlash(board) / banks.length;
    return banks.map(
      (ipa, n) => new FlashBank(memory, { name: `flash-${n}`, ipa, bytes, pa: pa(at + n * bytes) }, unmap),
    );
  }

  attach(device: CfiFlash): void {
    this.#device = device;
  }
  get bytes(): Uint8Array {
    const { pa: at, bytes } = this.segment;
    return this.#memory.host.bytes.subarray(at, at + bytes);
  }
  write(offset: number, bytes: Uint8Array): void {
    this.#memory.host.write(this.segment.pa + offset, bytes, 'dma');
  }
  mappingChanged(): void {
    if (this.segment.rom?.isMapped === false) this.#unmap(this.segment);
  }
}
