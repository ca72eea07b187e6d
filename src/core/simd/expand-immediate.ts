/** AdvSIMDExpandImm(op, cmode, imm8): 64 bits, each half of the vector. Arm ARM DDI 0487, shared/functions/vector. */
export function expandImmediate(op: number, cmode: number, imm8: number): bigint {
  const imm = BigInt(imm8);
  const twice = (word: bigint) => (word << 32n) | word;
  switch (cmode >> 1) {
    case 0:
    case 1:
    case 2:
    case 3:
      return twice(imm << BigInt(8 * (cmode >> 1)));
    case 4:
    case 5:
      return (imm << BigInt(8 * ((cmode >> 1) & 1))) * 0x0001_0001_0001_0001n;
    case 6:
      return twice(cmode & 1 ? (imm << 16n) | 0xffffn : (imm << 8n) | 0xffn);
    default:
      if (cmode & 1) return op ? expandDouble(imm8) : twice(expandSingle(imm8));
      return op ? expandBits(imm8) : imm * 0x0101_0101_0101_0101n;
  }
}

/** Each bit becomes a byte of that bit. */
function expandBits(imm8: number): bigint {
  let result = 0n;
  for (let i = 0; i < 8; i++) if ((imm8 >> i) & 1) result |= 0xffn << BigInt(8 * i);
  return result;
}

/** VFPExpandImm: sign, an exponent from 3 bits, 4 bits of fraction. */
function expandSingle(imm8: number): bigint {
  const exponent = (imm8 & 0x40 ? 0x7c : 0x80) | ((imm8 >> 4) & 3);
  return (BigInt(imm8 >> 7) << 31n) | (BigInt(exponent) << 23n) | (BigInt(imm8 & 15) << 19n);
}
function expandDouble(imm8: number): bigint {
  const exponent = (imm8 & 0x40 ? 0x3fc : 0x400) | ((imm8 >> 4) & 3);
  return (BigInt(imm8 >> 7) << 63n) | (BigInt(exponent) << 52n) | (BigInt(imm8 & 15) << 48n);
}
