import { hex } from '../base/bits.ts';
import { boardByName } from '../machine/boards/index.ts';
import { affinitiesOf, bootPlan } from '../machine/boot.ts';
import { propertyAt } from '../machine/fdt/place.ts';
import type { Segment } from '../machine/loaders/plan.ts';
import { imagesOfTape } from '../replay/tape-images.ts';
import { machineOfTape } from '../replay/version.ts';
import type { Timeline } from '../timeline/timeline.ts';
import type { RecordedEvent } from '../trace/codec/event-rows.ts';
import { consoleIn, EditKind, edit, mmioRead } from '../trace/events/index.ts';
import type { Origin } from './cause.ts';

type Input = Extract<RecordedEvent, { kind: 'console-in' }>;
const roles: { readonly [W in Segment['what']]: string } = {
  kernel: 'kernel',
  initrd: 'initrd',
  'device tree': 'dtb',
  firmware: 'firmware',
  "firmware's variables": 'vars',
  symbols: 'kernel',
  module: 'module',
  environment: 'environment',
  metadata: 'metadata',
};

/** Memory of one origin. */
export interface Loaded {
  readonly pa: number;
  readonly bytes: number;
  readonly origin: Origin;
}

/** Where values came in that no instruction has computed. */
export class Origins {
  readonly #timeline: Timeline;
  #segments: readonly Segment[] | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** What a register had when the tape began. */
  register(): Origin {
    const { first } = this.#timeline;
    return first === 0
      ? { kind: 'constant', what: 'what the register had when the guest began' }
      : { kind: 'unfollowed', what: 'what the register had when the tape began' };
  }

  /** Where memory had its contents from when the tape began, piece by piece. */
  memory(pa: number, bytes: number): Loaded[] {
    const { first } = this.#timeline;
    if (first !== 0)
      return [{ pa, bytes, origin: { kind: 'unfollowed', what: 'what memory held when the tape began' } }];
    const pieces: Loaded[] = [];
    for (let at = pa; at < pa + bytes; ) {
      const piece = this.#pieceAt(at, pa + bytes - at);
      pieces.push(piece);
      at += piece.bytes;
    }
    return pieces;
  }
  #pieceAt(pa: number, most: number): Loaded {
    const segments = (this.#segments ??= this.#plan());
    const holds = segments.find((s) => pa >= Number(s.ipa) && pa < Number(s.ipa) + s.bytes.length + s.zeroFillBytes);
    if (holds === undefined) {
      const next = Math.min(...segments.map((s) => Number(s.ipa)).filter((at) => at > pa), pa + most);
      return { pa, bytes: next - pa, origin: { kind: 'constant', what: 'memory that nobody has written: zero' } };
    }
    const offset = pa - Number(holds.ipa);
    const isZero = offset >= holds.bytes.length;
    const end = holds.bytes.length + (isZero ? holds.zeroFillBytes : 0);
    return { pa, bytes: Math.min(most, end - offset), origin: isZero ? zeroes(holds) : byteOf(holds, offset) };
  }
  #plan(): readonly Segment[] {
    const { tape } = this.#timeline;
    const config = machineOfTape(tape.header, tape.path);
    const images = imagesOfTape(tape, config);
    return bootPlan(config, boardByName(config.board), images, affinitiesOf(config.vcpus)).segments;
  }

  /**
   * The console input that a device gave the guest at an event: what was to be read next there. Undefined where it was none. Goes to
   * the event's moment.
   */
  consoleInput(icount: number, value: bigint): Origin | undefined {
    const timeline = this.#timeline;
    timeline.seek(icount);
    const { ordinal } = timeline;
    const saved = timeline.machine.parts.map((part) => [part.name, part.save()] as const);
    const lengthOf = (what: unknown): number => (Array.isArray(what) || what instanceof Uint8Array ? what.length : 0);
    let left = 0;
    for (const [name, state] of saved) {
      if (name.startsWith('pl011')) left += lengthOf(state.rx);
      if (name === 'bvmconsole' && Number(state.received) >= 0) left++;
      if (name === 'console') left += lengthOf(state.waiting);
    }
    if (left === 0) return undefined;
    // What is left was given last; the first of it is read.
    const events: Input[] = [];
    let bytes = 0;
    for (const event of timeline.tape.events({ classes: new Set([consoleIn.name]) })) {
      if (event.kind !== 'console-in' || event.ordinal >= ordinal) break;
      events.push(event);
      bytes += event.bytes.length;
      while (bytes - (events[0] as Input).bytes.length >= left) bytes -= (events.shift() as Input).bytes.length;
    }
    const index = bytes - left;
    const byte = events[0]?.bytes[index];
    if (events[0] === undefined || byte === undefined || BigInt(byte) !== (value & 0xffn)) return undefined;
    const shown = byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : hex(byte);
    return { kind: 'input', event: events[0].ordinal, what: `console input: byte ${index} of it, ${shown}` };
  }

  /** The edit that gave what a device was read to hold at an event; undefined where the device answered itself. */
  editedAnswer(read: number): Origin | undefined {
    let given: number | undefined;
    for (const event of this.#timeline.tape.events({ classes: new Set([edit.name]) })) {
      if (event.ordinal >= read) break;
      if (event.kind === 'edit' && event.what === EditKind.deviceRead) given = event.ordinal;
    }
    if (given === undefined) return undefined;
    // It is for the next read alone.
    const next = this.#timeline.tape.events({ classes: new Set([mmioRead.name]), ordinal: given }).next();
    if (next.done === true || next.value.ordinal !== read) return undefined;
    return {
      kind: 'event',
      event: given,
      what: `edit: the next read of a device gives another value; event ${read} is it`,
    };
  }
}

function byteOf({ what, ipa, bytes }: Segment, offset: number): Origin {
  const property = what === 'device tree' ? propertyAt(bytes, offset) : undefined;
  const from = property === undefined ? '' : `, ${property}${givenBy(property)}`;
  const where = `${what} at pa:${hex(Number(ipa))}, byte ${hex(offset)} of it${from}`;
  return { kind: 'image', image: roles[what], offset, what: where };
}
/** What of the device tree is the machine's configuration. */
function givenBy(property: string): string {
  if (/^\/chosen\/(kaslr-seed|rng-seed)/.test(property)) return ' (of the entropy seed)';
  return /^\/chosen\/bootargs/.test(property) ? ' (the command line)' : '';
}
const zeroes = ({ what }: Segment): Origin => ({ kind: 'constant', what: `zeroes behind the ${what}` });
