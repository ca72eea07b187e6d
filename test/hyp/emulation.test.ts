// What the hypervisor does in the guest's place at a device is what the CPU does in memory: random loads and stores, executed by the
// one in a window of memory and carried out by the other at a device of the same contents.
import { describe, expect, it } from 'vitest';
import { ipa, pa } from '../../src/base/brands.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import { Prng } from '../../src/base/prng.ts';
import { transferOf } from '../../src/core/exception/aarch32-syndrome.ts';
import { transferIss } from '../../src/core/exception/syndrome.ts';
import { Ec } from '../../src/core/fields/esr.ts';
import * as cells from '../../src/core/state/cells.ts';
import type { MmioDevice } from '../../src/devices/bus/mmio-bus.ts';
import { decodeA32 } from '../../src/hyp/arm-common/aarch32/a32-load-store.ts';
import { decodeT32 } from '../../src/hyp/arm-common/aarch32/t32-load-store.ts';
import { MiB, TRANSLATION } from '../../src/hyp/arm-common/hypervisor.fixture.ts';
import { setUp } from '../../src/hyp/arm64/hypervisor.fixture.ts';
import { decodeLoadStore } from '../../src/hyp/arm64/load-store.ts';
import { FlatPlatform } from '../../tools/conformance/flat-platform.ts';
import { defaults, defaultWindow, layout } from '../../tools/conformance/vector.ts';
import { scale } from '../support/faults.fixture.ts';

type Isa = 'a64' | 'a32' | 't32';
const WORDS = 1200 * scale;
const CODE = layout.code;
const CODE_AT = 12 * MiB;
const CPSR_C = 0x2000_0000;

/** Registers, vector registers as halves, and memory, as they are before and behind an instruction. */
interface State {
  /** X0 to X30 and SP; R0 to R14. */
  readonly x: readonly bigint[];
  readonly v: readonly bigint[];
  readonly memory: Uint8Array;
  readonly pc: number;
}

/** A window of memory as a device. */
class Memory implements MmioDevice {
  readonly name = 'window';
  readonly size = layout.windowBytes;
  readonly bytes = new Uint8Array(layout.windowBytes);
  read(offset: number, size: 1 | 2 | 4 | 8): bigint {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[offset + i] as number);
    return value;
  }
  write(offset: number, size: 1 | 2 | 4 | 8, value: bigint): void {
    for (let i = 0; i < size; i++) this.bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}

const flat = new FlatPlatform();

/** The CPU's way; null where it takes an exception. */
function executed(isa: Isa, word: number, before: State): State | null {
  const { cpu, engine } = flat;
  const at = cells.HOST_MEMORY + flat.codePagesAt + CODE - layout.codePage;
  if (isa === 't32') {
    const halves = word > 0xffff ? [word >>> 16, word & 0xffff] : [word];
    new Uint16Array(cpu.memory.buffer).set(halves, at >>> 1);
  } else cpu.u32[at >>> 2] = word;
  engine.code.invalidate(((at - cells.HOST_MEMORY) / PAGE_BYTES) | 0);
  const window = cpu.u8.subarray(cells.HOST_MEMORY + flat.windowAt).subarray(0, layout.windowBytes);
  window.set(before.memory);
  for (const [n, value] of before.v.entries()) cpu.set64(cells.V + 8 * n, value);
  if (isa === 'a64') flat.begin(BigInt(CODE), before.x[31] as bigint, 0);
  else flat.begin32(CODE, isa === 't32', CPSR_C);
  for (let n = 0; n < 31; n++) cpu.set64(cells.X + 8 * n, before.x[n] ?? 0n);
  if (flat.run(1).reason !== 'none') return null;
  return {
    x: before.x.map((_, n) => (n === 31 ? cpu.get64(cells.SP) : cpu.get64(cells.X + 8 * n))),
    v: before.v.map((_, n) => cpu.get64(cells.V + 8 * n)),
    memory: Uint8Array.from(window),
    pc: Number(cpu.pc) | (cpu.thumb ? 1 : 0),
  };
}

const host = setUp();
const device = new Memory();
host.bus.attach(ipa(BigInt(layout.window)), device);
host.hyp.ports.memory.add({ name: 'code', ipa: layout.codePage, bytes: 3 * PAGE_BYTES, pa: pa(CODE_AT) });

/** The hypervisor's way; null where the guest takes an abort. */
function carriedOut(isa: Isa, word: number, before: State): State | null {
  const { cpu, run } = host;
  device.bytes.set(before.memory);
  const view = new DataView(cpu.host.bytes.buffer, CODE_AT + CODE - layout.codePage);
  if (isa !== 't32') view.setUint32(0, word, true);
  else if (word > 0xffff) view.setUint32(0, ((word << 16) | (word >>> 16)) >>> 0, true);
  else view.setUint16(0, word, true);
  cpu.set('ELR_EL2', BigInt(CODE));
  const thumb = isa === 't32' ? 0x20 : 0;
  cpu.set('SPSR_EL2', isa === 'a64' ? 0n : BigInt(CPSR_C | 0x10 | thumb));
  cpu.set('VBAR_EL1', 0xdead_0000n);
  for (const [n, value] of before.x.entries()) if (n < 31) cpu.setX(n, value);
  cpu.set('SP_EL0', before.x[31] ?? 0n);
  for (const [i, value] of before.v.entries()) cpu.setV(i >>> 1, (i & 1) as 0 | 1, value);
  run(() => cpu.trap(Ec.dabtLow, TRANSLATION, { ipa: layout.window, far: BigInt(layout.window) }));
  const elr = Number(cpu.get('ELR_EL2'));
  if (elr >>> 16 === 0xdead) return null;
  return {
    x: before.x.map((_, n) => (n === 31 ? cpu.get('SP_EL0') : cpu.x(n))),
    v: before.v.map((_, i) => cpu.v(i >>> 1, (i & 1) as 0 | 1)),
    memory: Uint8Array.from(device.bytes),
    pc: elr | ((Number(cpu.get('SPSR_EL2')) & 0x20) !== 0 && isa !== 'a64' ? 1 : 0),
  };
}

const random = new Prng(7n);
const below = (limit: number): number => Number(random.next64() % BigInt(limit));
const word32 = (): number => below(2 ** 32);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;

/** Even registers are addresses in the window, odd ones small offsets: all aligned by 16. */
function stateOf(isa: Isa): State {
  const registers = isa === 'a64' ? 32 : 15;
  const value = (n: number): bigint =>
    BigInt(n % 2 === 0 || n === 31 || n === 13 ? layout.window + 0x600 + 16 * below(64) : 16 * below(16));
  return {
    x: Array.from({ length: registers }, (_, n) => value(n)),
    v: Array.from({ length: 64 }, (_, n) => defaults.d(n)),
    memory: defaultWindow(),
    pc: CODE,
  };
}

const a64Word = (): number => {
  const [fixed, mask] = pick([
    [0x2800_0000, 0x3a00_0000],
    [0x3800_0000, 0x3a00_0000],
    [0x0c00_0000, 0xbe00_0000],
    [0x0c00_0000, 0xbe00_0000],
    [0x1c00_0000, 0x3f00_0000],
  ] as const);
  const word = (fixed | (word32() & ~mask)) >>> 0;
  // Of structures without write-back, and the unscaled forms with small offsets.
  return below(2) ? word : (word & ~0x001f_0000) >>> 0;
};
const a32Word = (): number => {
  const [fixed, mask] = pick([
    [0xe400_0000, 0xfe00_0000],
    [0xe600_0000, 0xfe00_0010],
    [0xe000_0090, 0xfe00_0090],
    [0xe800_0000, 0xfe00_0000],
    [0xec00_0a00, 0xfe00_0e00],
    [0xf400_0000, 0xff10_0000],
    [0xf400_0000, 0xff10_0000],
  ] as const);
  const word = (fixed | (word32() & ~mask)) >>> 0;
  // Offsets as small as that.
  return below(2) ? word : (word & ~0x0000_0f00) >>> 0;
};
const t32Word = (): number => {
  if (below(3) === 0)
    return pick([0x4800, 0x5000, 0x6000, 0x7000, 0x8000, 0x9000, 0xb400, 0xbc00, 0xc000]) | below(0x800);
  const [fixed, mask] = pick([
    [0xf800_0000, 0xfe00_0000],
    [0xe840_0000, 0xfe40_0000],
    [0xe800_0000, 0xfe40_0000],
    [0xec00_0a00, 0xfe00_0e00],
    [0xf900_0000, 0xff10_0000],
    [0xf900_0000, 0xff10_0000],
  ] as const);
  return (fixed | (word32() & ~mask)) >>> 0;
};

/** Some element of the access is misaligned, which memory takes and a device does not; or it is of the code's page, which is none. */
function isNotForDevices(isa: Isa, word: number, { x }: State): boolean {
  const r = (n: number): number => (n === 15 ? CODE + (isa === 'a32' ? 8 : 4) : Number(x[n]));
  const operands = { r, carry: true, bigEndian: false };
  const plan =
    isa === 'a64'
      ? decodeLoadStore(word, {
          x: (n) => (n === 31 ? 0n : (x[n] as bigint)),
          xsp: (n) => x[n] as bigint,
          pc: BigInt(CODE),
          zvaBytes: 64,
        })
      : isa === 'a32'
        ? decodeA32(word, operands)
        : decodeT32(word, word > 0xffff, operands);
  // Of AArch32, most uses of PC are UNPREDICTABLE, of LR and PC as a pair too.
  const registers = [16, 12, 8, 0].map((place) => (word >>> place) & 15);
  if (plan === undefined) return isa !== 'a64' && (registers.includes(15) || registers[1] === 14);
  return plan.transfers.some(({ offset, size }) => {
    const at = Number(plan.address) + offset;
    return at % size !== 0 || at - layout.window >= layout.windowBytes;
  });
}

const same = (a: State, b: State): boolean =>
  a.pc === b.pc &&
  a.x.every((x, n) => x === b.x[n]) &&
  a.v.every((v, n) => v === b.v[n]) &&
  Buffer.compare(a.memory, b.memory) === 0;

/** Between registers, in the space of VLDM and VSTM. */
const isVmov = (word: number): boolean => (word & 0x0fe0_0e00) === 0x0c40_0a00;
/** What has a syndrome, and what is left out (src/hyp/arm-common/emulate.ts). */
const isExpected: Readonly<Record<Isa, (word: number) => boolean>> = {
  a64: (word) => transferIss(word) === 0,
  a32: (word) => transferOf(word, false) === null && (word & 0x0e00_00f0) !== 0x0000_0090 && !isVmov(word),
  t32: (word) =>
    transferOf(word, true) === null &&
    (word & 0xffe0_0000) >>> 0 !== 0xe840_0000 &&
    (word & 0xffe0_0000) >>> 0 !== 0xe8c0_0000 &&
    !isVmov(word),
};

describe.each([
  ['a64', a64Word, 100],
  ['a32', a32Word, 100],
  ['t32', t32Word, 100],
] as const)('%s', (isa, makeWord, least) => {
  it('does the same', () => {
    let carried = 0;
    for (let i = 0; i < WORDS; i++) {
      const word = makeWord();
      const before = stateOf(isa);
      const byCpu = executed(isa, word, before);
      if (byCpu === null || !isExpected[isa](word)) continue;
      // What moves PC alone is a hint: a prefetch.
      const isHint = same({ ...byCpu, pc: CODE }, before);
      const byHypervisor = carriedOut(isa, word, before);
      if (byHypervisor === null) {
        expect([word.toString(16), isHint || isNotForDevices(isa, word, before)]).toEqual([word.toString(16), true]);
        continue;
      }
      if (!same(byCpu, byHypervisor)) expect([word.toString(16), byHypervisor]).toEqual([word.toString(16), byCpu]);
      carried++;
    }
    expect(carried).toBeGreaterThan(least);
  }, 60_000);
});
