import { describe, expect, it } from 'vitest';
import { ipa, pa } from '../../base/brands.ts';
import { Failure } from '../../base/failure.ts';
import { FakeCpu } from '../arm64/fake-cpu.fixture.ts';
import { Stage2, stage2TableBytes } from './stage2.ts';

const MiB = 2 ** 20;
const stage2Of = (cpu: FakeCpu, region: { base: number; bytes: number }, pageBytes: 4096 | 2097152) =>
  new Stage2(cpu.host, region, pageBytes, (at) => (at >= RAM.ipa && at < RAM.ipa + RAM.bytes ? RAM : undefined));
const RAM = { name: 'ram', ipa: 0x4000_0000, bytes: 8 * MiB, pa: pa(2 * MiB) };

/** A walk as the architecture makes it: level 1 in two concatenated tables, then level 2 and 3. */
function walk(
  cpu: FakeCpu,
  root: number,
  at: number,
): { pa: number; bits: number; bytes: number; high?: number } | undefined {
  const read = (where: number): bigint => new DataView(cpu.host.bytes.buffer).getBigUint64(where, true);
  let table = root;
  for (let level = 1; level <= 3; level++) {
    const shift = 39 - 9 * level;
    const index = Math.floor(at / 2 ** shift) % (level === 1 ? 1024 : 512);
    const descriptor = read(table + 8 * index);
    if ((descriptor & 1n) === 0n) return undefined;
    const next = Number(descriptor & 0xffff_ffff_f000n);
    if (level === 3 || (descriptor & 2n) === 0n) {
      const high = Number(descriptor >> 48n) << 16;
      return {
        pa: next + (at % 2 ** shift),
        bits: Number(descriptor & 0xfffn),
        bytes: 2 ** shift,
        ...(high === 0 ? {} : { high }),
      };
    }
    table = next;
  }
  return undefined;
}

describe('stage 2', () => {
  it('maps pages of 4 KiB upon touch, and those only', () => {
    const cpu = new FakeCpu();
    const stage2 = stage2Of(cpu, { base: 0, bytes: stage2TableBytes(RAM.bytes) }, 4096);
    expect(stage2.map(RAM, ipa(0x4020_1234n))).toEqual({ ipa: 0x4020_1000n, bytes: 4096 });
    expect(walk(cpu, stage2.root, 0x4020_1234)).toEqual({ pa: 2 * MiB + 0x20_1234, bits: 0x7ff, bytes: 4096 });
    expect(walk(cpu, stage2.root, 0x4020_2000)).toBeUndefined();
    expect(walk(cpu, stage2.root, 0x40_4020_1234)).toBeUndefined();
  });

  it('maps devices of the host, execute-never, within the tables that they were counted for', () => {
    const cpu = new FakeCpu();
    const stage2 = stage2Of(cpu, { base: 0, bytes: stage2TableBytes(RAM.bytes, 1) }, 4096);
    stage2.mapDevice(0x0801_0000, 0x1_0000_0000, 0x2000);
    expect(walk(cpu, stage2.root, 0x0801_1004)).toEqual({ pa: 0x1_0000_1004, bits: 0x4c7, bytes: 4096, high: 1 << 22 });
    for (const beside of [0x0800_f000, 0x0801_2000]) expect(walk(cpu, stage2.root, beside)).toBeUndefined();
    for (let at = RAM.ipa; at < RAM.ipa + RAM.bytes; at += 2 * MiB) stage2.map(RAM, ipa(BigInt(at)));
    expect(() => stage2.mapDevice(0x800, 0, 0x1000)).toThrow(/made of pages/);
  });

  it("shows a device's memory read-only, and takes it out with the tables that nothing else is in", () => {
    const cpu = new FakeCpu();
    const stage2 = stage2Of(cpu, { base: 0, bytes: stage2TableBytes(RAM.bytes + 4 * MiB) }, 4096);
    const rom = { name: 'rom', ipa: 0x400_0000, bytes: 4 * MiB, pa: pa(12 * MiB), rom: { isMapped: true } };
    // More often than there are tables.
    for (let n = 0; n < 20; n++) {
      stage2.map(rom, ipa(0x400_1000n));
      stage2.map(rom, ipa(0x420_1000n));
      expect(walk(cpu, stage2.root, 0x420_1234)).toEqual({ pa: 14 * MiB + 0x1234, bits: 0x77f, bytes: 4096 });
      stage2.unmap(rom);
      for (const at of [0x400_1000, 0x420_1000]) expect(walk(cpu, stage2.root, at)).toBeUndefined();
      expect(cpu.host.bytes.subarray(stage2.root, stage2.root + 8).every((byte) => byte === 0)).toBe(true);
    }
    stage2.map(RAM, ipa(0x4020_1234n));
    stage2.map(rom, ipa(0x400_1000n));
    stage2.unmap(rom);
    expect(walk(cpu, stage2.root, 0x4020_1234)?.pa).toBe(2 * MiB + 0x20_1234);
  });

  it('maps blocks of 2 MiB where both addresses allow it', () => {
    const cpu = new FakeCpu();
    const stage2 = stage2Of(cpu, { base: 0, bytes: MiB }, (2 * MiB) as 2097152);
    expect(stage2.map(RAM, ipa(0x4020_1234n))).toEqual({ ipa: 0x4020_0000n, bytes: 2 * MiB });
    expect(walk(cpu, stage2.root, 0x403f_fff8)).toEqual({ pa: 2 * MiB + 0x3f_fff8, bits: 0x7fd, bytes: 2 * MiB });
    const odd = { ...RAM, ipa: 0x8000_0000, pa: pa(2 * MiB + 4096) };
    expect(stage2.map(odd, ipa(0x8000_0000n)).bytes).toBe(4096);
  });

  it('reaches the upper half of 40 bits', () => {
    const cpu = new FakeCpu();
    const stage2 = stage2Of(cpu, { base: 0, bytes: MiB }, 4096);
    const high = { ...RAM, ipa: 0xc0_0000_0000 };
    stage2.map(high, ipa(0xc0_0000_0000n));
    expect(walk(cpu, stage2.root, 0xc0_0000_0008)?.pa).toBe(2 * MiB + 8);
  });

  it('has tables enough for all memory, and says so where it has not', () => {
    const cpu = new FakeCpu();
    const stage2 = stage2Of(cpu, { base: 0, bytes: stage2TableBytes(RAM.bytes) }, 4096);
    for (let at = 0; at < RAM.bytes; at += 4096) stage2.map(RAM, ipa(BigInt(RAM.ipa + at)));
    const small = stage2Of(cpu, { base: 0, bytes: 8192 }, 4096);
    expect(() => small.map(RAM, ipa(0x4000_0000n))).toThrow(Failure);
  });
});
