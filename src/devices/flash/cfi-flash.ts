// flash/: NOR flash of the Intel command set, behind the Common Flash Interface.

import { bitsOf, flag, integer, nullable, octets, oneOf, record } from '../../base/fields.ts';
import type { PlainMap } from '../../base/plain.ts';
import { copyState, putState, type Stateful } from '../../base/stateful.ts';
import type { AccessSize, MmioDevice } from '../bus/mmio-bus.ts';
import { BANK_WIDTH, BUFFER_BYTES, type FlashGeometry, queryTable } from './query.ts';

/** The memory that holds a bank's contents. */
export interface FlashMemory {
  /** All of it, to read. */
  readonly bytes: Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  /** Reads are to come to the device from now on, or need not (`isMapped`). */
  mappingChanged(): void;
}

/** What it is made of. */
export interface CfiFlashParts {
  readonly name: string;
  readonly geometry: FlashGeometry;
  readonly memory: FlashMemory;
}

/** Commands (Intel StrataFlash Embedded Memory P30, 306666, "Command codes and definitions"). */
const Command = {
  lockBlock: 0x01,
  programAlternate: 0x10,
  erase: 0x20,
  lockDown: 0x2f,
  program: 0x40,
  clearStatus: 0x50,
  lockSetup: 0x60,
  readStatus: 0x70,
  readId: 0x90,
  query: 0x98,
  suspend: 0xb0,
  confirm: 0xd0,
  buffer: 0xe8,
  readArray: 0xff,
} as const;

/** The status register (306666, "Status register"). */
const Status = { ready: 1 << 7, eraseError: 1 << 5, programError: 1 << 4 } as const;
const STATUS_BITS = Status.ready | Status.eraseError | Status.programError;
/** Both at once: the commands were in no order that there is. */
const SEQUENCE_ERROR = Status.eraseError | Status.programError;

/** What the chips call themselves, by word address in read-identifier mode; a block's third word is its lock, which is open. */
const IDENTIFIERS = [0x89, 0x18] as const;
const ERASED = 0xff;
const READ_MODES = ['array', 'status', 'identifier', 'query'] as const;
const STEPS = ['command', 'program', 'erase', 'lock', 'buffer-count', 'buffer-data', 'buffer-confirm'] as const;

interface FlashState {
  /** What reads give. */
  reads: (typeof READ_MODES)[number];
  /** What the next write is. */
  step: (typeof STEPS)[number];
  status: number;
  /** Writes into the buffer still to come. */
  left: number;
  /** Where the buffer goes, null before its first write. */
  bufferAt: number | null;
  /** A write into the buffer was for another place. */
  astray: boolean;
  /** Empty unless it is being filled; what is not written to is all ones, which program nothing. */
  buffer: Uint8Array;
}

const fieldsOf = ({ blockBytes, blocks }: FlashGeometry) =>
  record<FlashState>(
    {
      reads: oneOf(...READ_MODES),
      step: oneOf(...STEPS),
      status: bitsOf(STATUS_BITS),
      left: integer(0, 2 ** 16),
      bufferAt: nullable(integer(0, blockBytes * blocks - BUFFER_BYTES)),
      astray: flag,
      buffer: octets({ max: BUFFER_BYTES }),
    },
    (s) => {
      if (s.buffer.length !== 0 && s.buffer.length !== BUFFER_BYTES) return ['buffer', 'neither empty nor whole'];
      if (s.bufferAt !== null && s.bufferAt % BUFFER_BYTES !== 0) return ['bufferAt', 'not where a buffer goes'];
      const fills = s.step === 'buffer-data' || s.step === 'buffer-confirm';
      return fills === s.buffer.length > 0 ? undefined : ['buffer', 'not of this step'];
    },
  );

const initial = (): FlashState => ({
  reads: 'array',
  step: 'command',
  status: Status.ready,
  left: 0,
  bufferAt: null,
  astray: false,
  buffer: new Uint8Array(0),
});

/**
 * A bank of two 16-bit chips side by side, which get the same commands at the same time, as pflash on the well-known `virt` machine. While its
 * array is read the guest reads memory (`isMapped`); a write is a command. Programming clears bits, erasing a block sets them,
 * both at once; no block is locked.
 */
export class CfiFlash implements MmioDevice, Stateful {
  readonly name: string;
  readonly version = 1;
  readonly size: number;
  readonly reachesMemory = true;
  readonly #geometry: FlashGeometry;
  readonly #memory: FlashMemory;
  readonly #query: Uint8Array;
  readonly #fields: ReturnType<typeof fieldsOf>;
  readonly #state = initial();

  constructor({ name, geometry, memory }: CfiFlashParts) {
    this.name = name;
    this.size = geometry.blockBytes * geometry.blocks;
    this.#geometry = geometry;
    this.#memory = memory;
    this.#query = queryTable(geometry);
    this.#fields = fieldsOf(geometry);
  }

  /** Reads give the array, and need not come to the device. */
  get isMapped(): boolean {
    return this.#state.reads === 'array';
  }

  read(offset: number, size: AccessSize): bigint {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#byteAt(offset + i));
    return value;
  }
  #byteAt(offset: number): number {
    const { reads, status } = this.#state;
    if (reads === 'array') return this.#memory.bytes[offset] as number;
    // Each chip has its answer in the low byte of its 16 bits.
    if (offset % 2 !== 0) return 0;
    const word = Math.floor(offset / BANK_WIDTH);
    if (reads === 'status') return status;
    return (reads === 'query' ? this.#query[word & 0xff] : IDENTIFIERS[word & 0xff]) ?? 0;
  }

  write(offset: number, size: AccessSize, value: bigint): void {
    const before = this.isMapped;
    if (size === 8) {
      this.#write(offset, 4, Number(value & 0xffff_ffffn));
      this.#write(offset + 4, 4, Number(value >> 32n));
    } else this.#write(offset, size, Number(value));
    if (this.isMapped !== before) this.#memory.mappingChanged();
  }
  #write(offset: number, size: 1 | 2 | 4, value: number): void {
    const state = this.#state;
    const code = value & 0xff;
    switch (state.step) {
      case 'command':
        this.#command(code);
        return;
      case 'program':
        this.#program(offset, bytesOf(value, size));
        this.#done();
        return;
      case 'erase':
        if (code === Command.confirm) this.#erase(offset);
        this.#done(code === Command.confirm ? 0 : SEQUENCE_ERROR);
        return;
      case 'lock': {
        const known = [Command.lockBlock, Command.confirm, Command.lockDown].some((c) => c === code);
        this.#done(known ? 0 : SEQUENCE_ERROR);
        return;
      }
      case 'buffer-count':
        state.left = (value & 0xffff) + 1;
        state.buffer = new Uint8Array(BUFFER_BYTES).fill(ERASED);
        state.step = 'buffer-data';
        return;
      case 'buffer-data':
        this.#fill(offset, bytesOf(value, size));
        if (--state.left === 0) state.step = 'buffer-confirm';
        return;
      default: {
        const isWhole = code === Command.confirm && !state.astray && state.bufferAt !== null;
        if (isWhole) this.#program(state.bufferAt ?? 0, state.buffer);
        this.#done(isWhole ? 0 : SEQUENCE_ERROR);
      }
    }
  }

  #command(code: number): void {
    const state = this.#state;
    state.reads = 'status';
    switch (code) {
      case Command.program:
      case Command.programAlternate:
        state.step = 'program';
        return;
      case Command.erase:
        state.step = 'erase';
        return;
      case Command.lockSetup:
        state.step = 'lock';
        return;
      case Command.buffer:
        state.step = 'buffer-count';
        return;
      case Command.readStatus:
      case Command.suspend:
      case Command.confirm:
        return;
      case Command.readId:
        state.reads = 'identifier';
        return;
      case Command.query:
        state.reads = 'query';
        return;
      case Command.clearStatus:
        state.status = Status.ready;
        state.reads = 'array';
        return;
      default:
        // Read array; and what probes for chips of other makers try.
        state.reads = 'array';
    }
  }

  /** The end of a command of several writes. */
  #done(errors = 0): void {
    const state = this.#state;
    Object.assign(state, { ...initial(), reads: 'status', status: state.status | errors });
  }

  #fill(offset: number, bytes: Uint8Array): void {
    const state = this.#state;
    const at = offset - (offset % BUFFER_BYTES);
    state.bufferAt ??= at;
    if (state.bufferAt === at) state.buffer.set(bytes, offset - at);
    else state.astray = true;
  }
  #program(offset: number, bytes: Uint8Array): void {
    const { bytes: array } = this.#memory;
    const programmed = bytes.map((byte, i) => byte & (array[offset + i] as number));
    this.#memory.write(offset, programmed);
  }
  #erase(offset: number): void {
    const { blockBytes } = this.#geometry;
    this.#memory.write(offset - (offset % blockBytes), new Uint8Array(blockBytes).fill(ERASED));
  }

  save(): PlainMap {
    return copyState(this.#state);
  }
  restore(saved: PlainMap): void {
    putState(this.#state, this.#fields, saved);
  }
}

const bytesOf = (value: number, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff);
