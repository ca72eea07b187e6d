import { expect, test } from 'vitest';
import { KvmClass } from './exit-names.ts';
import { syndromeOf } from './syndrome.ts';

test.each([
  [KvmClass.DABT_LOW, 0x9382_0046, { access: 'write', size: 4, transfer: 'w2', fault: 'translation fault, level 2' }],
  [KvmClass.DABT_LOW, 0x93d8_8006, { access: 'read', size: 8, transfer: 'x24', fault: 'translation fault, level 2' }],
  [KvmClass.DABT_LOW, 0x931f_0047, { access: 'write', size: 1, transfer: 'wzr', fault: 'translation fault, level 3' }],
  [KvmClass.DABT_LOW, 0x9200_004f, { access: 'write', fault: 'permission fault, level 3' }],
  [KvmClass.DABT_LOW, 0x9200_0147, { access: 'cache maintenance', fault: 'translation fault, level 3' }],
  [KvmClass.DABT_LOW, 0x9200_0021, { access: 'read', fault: 'alignment fault' }],
  [KvmClass.DABT_LOW, 0x9200_0010, { access: 'read', fault: 'external abort' }],
  [KvmClass.DABT_LOW, 0x9200_0017, { access: 'read', fault: 'external abort on a table walk, level 3' }],
  [KvmClass.IABT_LOW, 0x8200_0005, { access: 'fetch', fault: 'translation fault, level 1' }],
  // msr ICC_SGI1R_EL1, x3: op0 3, op1 0, CRn 12, CRm 11, op2 5.
  [KvmClass.SYS64, 0x623a_3076, { access: 'write', register: 'ICC_SGI1R_EL1', transfer: 'x3' }],
  [KvmClass.WFx, 0x0600_0000, { instruction: 'wfi' }],
  [KvmClass.WFx, 0x0600_0001, { instruction: 'wfe' }],
  [KvmClass.HVC64, 0x5a00_0001, { immediate: 1 }],
  [KvmClass.IRQ, 0, {}],
])('class 0x%s, syndrome %d', (kvmClass, esr, meaning) => expect(syndromeOf(kvmClass, esr, false)).toEqual(meaning));

test('coprocessor accesses, and the registers of ARMv7', () => {
  // mcr p15, 0, r4, c1, c0, 1 (ACTLR); mrrc p15, 1, r2, r3, c14 (CNTVCT).
  expect(syndromeOf(KvmClass.CP15_32, 0x0e02_0480, true)).toEqual({
    access: 'write',
    register: 'ACTLR',
    transfer: 'r4',
  });
  const cntvct = 0x1200_0000 | (1 << 16) | (3 << 10) | (2 << 5) | (14 << 1) | 1;
  expect(syndromeOf(KvmClass.CP15_64, cntvct, true)).toEqual({ access: 'read', register: 'CNTVCT', transfer: 'r2,r3' });
  expect(syndromeOf(KvmClass.DABT_LOW, 0x9382_0046, true)).toMatchObject({ transfer: 'r2' });
});
