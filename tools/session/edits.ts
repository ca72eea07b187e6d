import { Failure } from '../../src/base/failure.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import type { Edit } from '../../src/machine/edits.ts';
import type { Machine } from '../../src/machine/machine.ts';
import type { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import type { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { mmioRead } from '../../src/trace/events/index.ts';
import { addressOf, type GuestAddress, type NamedAddress, resolveAddress } from './address.ts';
import { bigOf, icountOf, numberOf } from './numbers.ts';

/** What `--set` takes. */
export const SET_HELP =
  'reg=x3:0x1 (reg=vcpu1.x3:0x1 where it is not the turn of vCPU 1), mem=0x40000000:deadbeef (or mem=va:0x…:…, mem=NAME+8:… by a name of the kernel), mmio=EVENT:VALUE (what that read of a device gives), irq=INTID or irq=INTID@COUNT (irq=vcpu1.27 of another vCPU than the first), input=TEXT, key=power';

/** A change as an option gives it: what it comes to depends on the machine at the fork. */
export interface WantedEdit {
  /** The count at which it is made, where it says so. */
  readonly at?: number;
  readonly edits: (machine: Machine) => readonly Edit[];
  /** Typed to the guest. */
  readonly input?: Buffer;
}

/** One `--set`. @throws Failure where it is none */
export function parseEdit(text: string, reader: TapeReader, symbols: ReplaySymbols): WantedEdit {
  const where = `--set ${text}`;
  const [, kind = '', rest = ''] = /^(reg|mem|mmio|irq|input|key)=([\s\S]+)$/.exec(text) ?? [];
  const refuse = (): never => {
    throw new Failure(`${where}: give ${SET_HELP}`);
  };
  switch (kind) {
    case 'reg': {
      const [, vcpu, name = refuse(), value = refuse()] = /^(?:vcpu(\d+)\.)?(\w+):(.+)$/.exec(rest) ?? [];
      const edit: Edit = { kind: 'register', name, value: bigOf(where, value), ...onVcpu(vcpu) };
      return { edits: () => [edit] };
    }
    case 'mem': {
      const [, address = refuse(), data = refuse()] = /^(.+):((?:[0-9a-fA-F]{2})+)$/.exec(rest) ?? [];
      const wanted = addressOf(where, address);
      const bytes = new Uint8Array(Buffer.from(data, 'hex'));
      return { edits: (machine) => memoryEdits(machine, wanted, symbols, bytes, where) };
    }
    case 'mmio': {
      const [, number = refuse(), value = refuse()] = /^([^:]+):(.+)$/.exec(rest) ?? [];
      const edit: Edit = { kind: 'device-read', value: bigOf(where, value) };
      return { at: beforeRead(reader, numberOf(where, number), where), edits: () => [edit] };
    }
    case 'irq': {
      const [, vcpu, intid = refuse(), count] = /^(?:vcpu(\d+)\.)?([^@]+)(?:@(.+))?$/.exec(rest) ?? [];
      const edit: Edit = { kind: 'interrupt', intid: numberOf(where, intid), ...onVcpu(vcpu) };
      return { edits: () => [edit], ...(count === undefined ? {} : { at: icountOf(where, count) }) };
    }
    case 'input':
      return { edits: () => [], input: Buffer.from(rest) };
    case 'key':
      return rest === 'power' ? { edits: () => [{ kind: 'power-key' }] } : refuse();
    default:
      return refuse();
  }
}

const onVcpu = (vcpu: string | undefined): { readonly vcpu?: number } =>
  vcpu === undefined ? {} : { vcpu: Number(vcpu) };

function memoryEdits(
  machine: Machine,
  wanted: GuestAddress | NamedAddress,
  symbols: ReplaySymbols,
  bytes: Uint8Array,
  where: string,
): Edit[] {
  const view = new GuestView(machine);
  const { kind, at } = resolveAddress(wanted, view, symbols);
  const edits: Edit[] = [];
  for (const piece of view.pieces(kind === 'va' ? 'virtual' : 'physical', at, bytes.length)) {
    const { ipa, done } = piece;
    if (ipa === undefined) throw new Failure(`${where}: 0x${piece.at.toString(16)} is not mapped there`);
    edits.push({ kind: 'memory', ipa, bytes: bytes.slice(done, done + piece.bytes) });
  }
  return edits;
}

/** The count behind the last read of a device before the one that is this event. @throws Failure */
function beforeRead(reader: TapeReader, ordinal: number, where: string): number {
  let before = 0;
  for (const event of reader.events({ classes: new Set([mmioRead.name]) })) {
    if (event.ordinal === ordinal) return before;
    before = event.at + 1;
  }
  throw new Failure(
    `${where}: event ${ordinal} is no read of a device; "hypertape events ${reader.path}" numbers them`,
  );
}
