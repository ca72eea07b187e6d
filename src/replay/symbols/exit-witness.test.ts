import { expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { imageBases, witnessOf } from './exit-witness.ts';

/** Instructions, as the assembler gives them, and the exits that they cause. */
const samples = [
  { what: 'str w3, [x4, #8]', word: 0xb900_0883, kvmClass: 0x24, esr: 0x9383_0046 },
  { what: 'ldrb w1, [x2]', word: 0x3940_0041, kvmClass: 0x24, esr: 0x9301_0006 },
  { what: 'ldrh w0, [x1], #2', word: 0x7840_2420, kvmClass: 0x24, esr: 0x9340_0006 },
  { what: 'ldar w5, [x6]', word: 0x88df_fcc5, kvmClass: 0x24, esr: 0x9385_4006 },
  { what: 'stlr x7, [x8]', word: 0xc89f_fd07, kvmClass: 0x24, esr: 0x93c7_c046 },
  { what: 'mrs x9, id_aa64pfr0_el1', word: 0xd538_0409, kvmClass: 0x18, esr: 0x6230_0129 },
  { what: 'msr sctlr_el1, x0', word: 0xd518_1000, kvmClass: 0x18, esr: 0x6230_0400 },
  { what: 'wfi', word: 0xd503_207f, kvmClass: 0x01, esr: 0x0600_0000 },
  { what: 'hvc #0', word: 0xd400_0002, kvmClass: 0x16, esr: 0x5a00_0000 },
];
const exitAt = (pc: bigint, kvmClass: number, esr: number) => {
  const fields = { at: 0, vcpu: 0, bhyveExit: 0, far: 0n, hpfar: 0n };
  return { kind: 'vm-exit' as const, ...fields, pc: kvmClass === 0x16 ? pc + 4n : pc, kvmClass, esr };
};

test('a syndrome fits the instruction that it comes from, and no other of these', () => {
  for (const { kvmClass, esr, what } of samples) {
    const witness = witnessOf(exitAt(0x1000n, kvmClass, esr));
    expect(witness?.pc).toBe(0x1000n);
    expect(samples.filter(({ word }) => witness?.fits(word)).map((other) => other.what)).toEqual([what]);
  }
  expect(witnessOf(exitAt(0n, 0x24, 0x9200_0006))).toBe(undefined);
  expect(witnessOf(exitAt(0n, 0x40, 0))).toBe(undefined);
});

test('where an image ran is found from its exits, though code from elsewhere has exits too', () => {
  const image = Buffer.from(new Prng(7n).bytes(0x40_0000));
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const base = 0xffff_cdec_9160_0000n;
  const exits = samples.flatMap(({ word, kvmClass, esr }, n) => {
    const at = 0x3_0000 * (n + 1) + 0x124 * n;
    view.setUint32(at, word, true);
    const module = 0xffff_cdec_9100_0000n + BigInt(0x48d4 * (n * n + 1));
    return [exitAt(module, kvmClass, esr), exitAt(base + BigInt(at), kvmClass, esr)];
  });
  expect(imageBases(image, exits)).toEqual([base]);
  // Whatever came before, as firmware's.
  const before = Array.from({ length: 60_000 }, () => exitAt(0x5000_0000n, 0x24, 0x9383_0046));
  expect(imageBases(image, [...before, ...exits])).toEqual([base]);
  // Three places are no proof; user space is none of the kernel's.
  expect(imageBases(image, exits.slice(0, 6))).toEqual([]);
  expect(
    imageBases(
      image,
      exits.map((exit) => ({ ...exit, pc: exit.pc & 0xffff_ffff_ffffn })),
    ),
  ).toEqual([]);
});
