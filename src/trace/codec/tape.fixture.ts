/** Events and tapes for the tests of this room. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joined } from '../../base/bytes.ts';
import { Prng } from '../../base/prng.ts';
import type { EventDecl, EventSink, Stamp } from '../events/event.ts';
import type { Wire } from '../events/field.ts';
import {
  allEvents,
  consoleOut,
  eventByName,
  irqInject,
  mmioRead,
  mmioWrite,
  runEnd,
  type TapeEvent,
  vmExit,
} from '../events/index.ts';
import { encodeFrame } from './frame.ts';
import type { TapeStart } from './tape-writer.ts';

export const start: TapeStart = {
  semantics: 1,
  level: 'exits',
  producer: 'hypertape test',
  machine: { arch: 'arm64', memory: 512, append: 'console=ttyAMA0', epoch: 1_700_000_000, gic: { version: 3 } },
  images: [],
};

/** A folder that `remove` takes away. */
export function folder(): {
  readonly file: (name: string) => string;
  readonly path: string;
  readonly remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'hypertape-trace-'));
  return { path, file: (name) => join(path, name), remove: () => rmSync(path, { recursive: true }) };
}

/** An encoded frame in one piece. */
export function wholeFrame(...given: Parameters<typeof encodeFrame>): Uint8Array {
  const { head, stored } = encodeFrame(...given);
  return joined([head, stored]);
}

/** A random value of a field, small and large ones mixed. */
function randomValue(prng: Prng, wire: Wire): number | bigint | string | Uint8Array {
  const wide = prng.next64() >> (prng.next64() & 63n);
  switch (wire) {
    case 'u8':
      return Number(wide & 0xffn);
    case 'u16':
      return Number(wide & 0xffffn);
    case 'u32':
      return Number(wide & 0xffff_ffffn);
    case 'icount':
      return Number(wide & 0x1f_ffff_ffff_ffffn);
    case 'u64':
      return wide;
    case 'bytes':
      return prng.bytes(Number(wide & 31n));
    case 'text':
      return String.fromCodePoint(
        ...Array.from({ length: Number(wide & 7n) }, () => 0x20 + Number(prng.next64() & 0x7fffn)),
      );
  }
}

/** The end of a run stands once on a tape. */
const repeated = allEvents.filter((decl) => decl !== runEnd);

/** An event of each kind in turn, `count` in all, with random values. */
export function* randomEvents(seed: bigint, count: number): Generator<TapeEvent> {
  const prng = new Prng(seed);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const decl: EventDecl = repeated[i % repeated.length] as EventDecl;
    at += Number(prng.next64() & 0xfffn);
    const event: Record<string, unknown> = { kind: decl.name, at, vcpu: Number(prng.next64() & 3n) };
    for (const name of decl.fieldNames) event[name] = randomValue(prng, decl.fields[name]?.wire as Wire);
    yield event as unknown as TapeEvent;
  }
}

/** Emits an event as it was read or made up. */
export function emitTo(sink: EventSink, event: TapeEvent): void {
  sink.emit(eventByName(event.kind) as EventDecl, event as Stamp as never);
}

/** What a guest does that prints `lines` lines on its PL011 and takes a timer interrupt now and then; the number of events. */
export function emitConsoleTraffic(sink: EventSink, lines: number): number {
  const prng = new Prng(11n);
  const fr = { pc: 0xffff_8000_80a1_b2c4n, ipa: 0x900_0018n, far: 0xffff_8000_80e9_d018n };
  const dr = { pc: 0xffff_8000_80a1_b2e8n, ipa: 0x900_0000n, far: 0xffff_8000_80e9_d000n };
  let at = 1_000_000;
  let events = 0;
  const exit = (pc: bigint, esr: number, far: bigint, hpfar: bigint): void =>
    sink.emit(vmExit, { at, vcpu: 0, pc, bhyveExit: 1, kvmClass: 0x24, esr, far, hpfar });
  for (let line = 0; line < lines; line++) {
    at += 2000 + Number(prng.next64() % 50_000n);
    for (const byte of Buffer.from(
      `[${(at / 1e6).toFixed(6).padStart(12)}] device ${prng.next64() & 0xffn}: probed\r\n`,
    )) {
      at += 11;
      exit(fr.pc, 0x9382_0006, fr.far, fr.ipa);
      sink.emit(mmioRead, { at, vcpu: 0, pc: fr.pc, ipa: fr.ipa, size: 4, value: 0x90n, rt: 2 });
      at += 23;
      exit(dr.pc, 0x9382_0046, dr.far, dr.ipa);
      sink.emit(mmioWrite, { at, vcpu: 0, pc: dr.pc, ipa: dr.ipa, size: 4, value: BigInt(byte), rt: 1 });
      sink.emit(consoleOut, { at, vcpu: 0, device: 0, bytes: Uint8Array.of(byte) });
      events += 5;
    }
    at += Number(prng.next64() % 200_000n);
    exit(0xffff_8000_8001_0000n + (prng.next64() & 0xffffcn), 0, 0n, 0n);
    sink.emit(irqInject, { at, vcpu: 0, intid: 27, lr: Number(prng.next64() & 3n), priority: 0xa0, state: 1 });
    events += 2;
  }
  return events;
}
