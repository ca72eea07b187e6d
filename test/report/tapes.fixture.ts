import { Prng } from '../../src/base/prng.ts';
import { encodeConfig } from '../../src/machine/config.ts';
import { TapeWriter } from '../../src/trace/codec/tape-writer.ts';
import {
  consoleOut,
  irqAck,
  irqEoi,
  irqInject,
  irqLine,
  KvmClass,
  mmioRead,
  mmioWrite,
  stage2Map,
  timerFire,
  vmExit,
} from '../../src/trace/events/index.ts';
import { demoConfig } from '../support/demo.fixture.ts';

/** How a made-up run is. */
export interface MadeUp {
  /** Events at least. */
  readonly events: number;
  /** Lines of its console, which come again and again. */
  readonly lines?: readonly string[];
  readonly seed?: bigint;
  readonly append?: string;
}

const UART = 0x900_0000n;
const TIMER = 27;

/** Writes a tape of a run that was never: a guest that prints, touches memory and takes timer interrupts, from thousands of places. */
export function madeUpTape(path: string, { events, lines = ['booting'], seed = 5n, append = '' }: MadeUp): void {
  const prng = new Prng(seed);
  const below = (limit: number): number => Number(prng.next64() % BigInt(limit));
  const tape = TapeWriter.create(path, {
    semantics: 3,
    level: 'exits',
    producer: 'hypertape test',
    machine: encodeConfig({ ...demoConfig, append }),
    images: [],
  });
  let at = 1000;
  let written = 0;
  const exit = (pc: bigint, bhyveExit: number, kvmClass: number, esr: number, hpfar: bigint): void => {
    tape.emit(vmExit, { at, vcpu: 0, pc, bhyveExit, kvmClass, esr, far: hpfar, hpfar });
    written++;
  };
  const write = (value: number): void => {
    const pc = 0xffff_8000_0801_0000n + BigInt(below(300)) * 4n;
    at += 12 + below(40);
    exit(pc, 1, KvmClass.DABT_LOW, 0x9380_0006, UART + 0x18n);
    tape.emit(mmioRead, { at, vcpu: 0, pc, ipa: UART + 0x18n, size: 2, value: 0x90n, rt: 0 });
    at += 12;
    exit(pc + 0x40n, 1, KvmClass.DABT_LOW, 0x9381_0046, UART);
    tape.emit(mmioWrite, { at, vcpu: 0, pc: pc + 0x40n, ipa: UART, size: 2, value: BigInt(value), rt: 1 });
    written += 2;
  };
  for (let line = 0; written < events; line++) {
    const bytes = Buffer.from(`${lines[line % lines.length]}\n`, 'utf8');
    for (const byte of bytes) write(byte);
    tape.emit(consoleOut, { at, vcpu: 0, device: 0, bytes });
    for (let page = below(20); page > 0; page--) {
      at += 500 + below(20_000);
      const ipa = 0x4000_0000n + BigInt(below(8000)) * 4096n;
      exit(0xffff_8000_0900_0000n + BigInt(below(2000)) * 4n, 7, KvmClass.DABT_LOW, 0x9200_0047, ipa);
      tape.emit(stage2Map, { at, vcpu: 0, ipa, bytes: 4096, esr: 0x9200_0047 });
      written++;
    }
    at += below(400_000);
    tape.emit(timerFire, { at, vcpu: 0, timer: 0, intid: TIMER });
    tape.emit(irqLine, { at, vcpu: 0, intid: TIMER, level: 1, source: 1 });
    exit(0xffff_8000_0901_0000n, 0, KvmClass.IRQ, 0, 0n);
    tape.emit(irqInject, { at, vcpu: 0, intid: TIMER, lr: 0, priority: 0xa0, state: 1 });
    at += 40 + below(line % 50 === 0 ? 90_000 : 300);
    tape.emit(irqAck, { at, vcpu: 0, intid: TIMER });
    at += 10;
    tape.emit(irqLine, { at, vcpu: 0, intid: TIMER, level: 0, source: 1 });
    at += 3000 + below(500);
    tape.emit(irqEoi, { at, vcpu: 0, intid: TIMER });
    written += 7;
  }
  const digest = '00'.repeat(32);
  tape.finish({ at, vcpu: 0, outcome: 'poweroff', reason: 'it was enough', stateHash: digest, consoleSha256: digest });
}
