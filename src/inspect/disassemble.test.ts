import { expect, test } from 'vitest';
import { encodingText, type InstructionSet, instructionBytes, openDisassembler } from './disassemble.ts';

const bytesOf = (words: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(words).buffer);

test.each<[InstructionSet, readonly number[], string, number, string | undefined]>([
  ['A64', [0x1000, 0xd538], '0xd5381000', 4, 'mrs x0, sctlr_el1'],
  ['A64', [0x0001, 0x1400], '0x14000001', 4, 'b #0x1004'],
  ['A64', [0xffff, 0xffff], '0xffffffff', 4, undefined],
  ['A32', [0xff1e, 0xe12f], '0xe12fff1e', 4, 'bx lr'],
  ['T32', [0x4770], '0x4770', 2, 'bx lr'],
  ['T32', [0xf000, 0xf802], '0xf000f802', 4, 'bl #0x1008'],
])('%s %o', async (set, words, encoding, size, text) => {
  const bytes = bytesOf(words);
  expect(instructionBytes(bytes, set)).toBe(size);
  expect(encodingText(bytes, set)).toBe(encoding);
  const disassembler = await openDisassembler();
  expect(disassembler?.text(bytes, 0x1000n, set)).toBe(text);
});
