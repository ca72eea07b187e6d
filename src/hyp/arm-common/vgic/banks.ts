import type { GicRow } from './frame.ts';
import { SGI_INTIDS, type Vgic } from './model.ts';

/**
 * Whose interrupts a frame shows: a redistributor its vCPU's INTIDs 0-31, the distributor the rest. With affinity
 * routing the distributor's registers of INTIDs 0-31 are RAZ/WI (IHI 0069, 12.9); GICv2's distributor shows all, INTIDs 0-31
 * those of the vCPU that asks.
 */
export interface Bank {
  readonly vgic: Vgic;
  readonly vcpu: number;
  readonly first: number;
  /** One past the last INTID. */
  readonly end: number;
}

type Query = (vgic: Vgic, slot: number) => boolean;
type Change = (bank: Bank, slot: number, intid: number) => void;

const inBank = (b: Bank, intid: number): boolean => intid >= b.first && intid < b.end;

/** A bit an interrupt. `one` is what writing 1 does, `zero` what writing 0 does. */
export const bitBank = (at: number, words: number, query: Query, one?: Change, zero?: Change): GicRow<Bank> => ({
  at,
  words,
  read: (b, word) => {
    let value = 0;
    for (let i = 0; i < 32; i++) {
      const intid = 32 * word + i;
      if (inBank(b, intid) && query(b.vgic, b.vgic.slot(b.vcpu, intid))) value |= 1 << i;
    }
    return value;
  },
  write: (b, word, value) => {
    for (let i = 0; i < 32; i++) {
      const intid = 32 * word + i;
      const change = (value >>> i) & 1 ? one : zero;
      if (change && inBank(b, intid)) change(b, b.vgic.slot(b.vcpu, intid), intid);
    }
  },
});

/** A byte an interrupt, from INTID 0 on: `words` times 4 of them. */
export const byteBank = (
  at: number,
  words: number,
  query: (bank: Bank, slot: number, intid: number) => number,
  change: (bank: Bank, slot: number, intid: number, value: number) => void,
): GicRow<Bank> => ({
  at,
  words,
  bytes: true,
  read: (b, word) => {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const intid = 4 * word + i;
      if (inBank(b, intid)) value |= query(b, b.vgic.slot(b.vcpu, intid), intid) << (8 * i);
    }
    return value;
  },
  write: (b, word, value, lanes) => {
    for (let i = 0; i < 4; i++) {
      const intid = 4 * word + i;
      if (((lanes >>> (8 * i)) & 0xff) === 0xff && inBank(b, intid))
        change(b, b.vgic.slot(b.vcpu, intid), intid, (value >>> (8 * i)) & 0xff);
    }
  },
});

/**
 * The banks that distributors and redistributors have alike, for `words` times 32 INTIDs (IHI 0069, 12.9 and 12.11;
 * IHI 0048B, 4.3).
 */
export const commonBanks = (prefix: 'GICD' | 'GICR', words: number) =>
  ({
    [`${prefix}_IGROUPR`]: bitBank(
      0x080,
      words,
      (v, slot) => v.group(slot) === 1,
      (b, slot) => b.vgic.setGroup(slot, true),
      (b, slot) => b.vgic.setGroup(slot, false),
    ),
    [`${prefix}_ISENABLER`]: bitBank(
      0x100,
      words,
      (v, slot) => v.enabled(slot),
      (b, slot) => b.vgic.setEnabled(slot, true),
    ),
    [`${prefix}_ICENABLER`]: bitBank(
      0x180,
      words,
      (v, slot) => v.enabled(slot),
      (b, slot) => b.vgic.setEnabled(slot, false),
    ),
    [`${prefix}_ISPENDR`]: bitBank(
      0x200,
      words,
      (v, slot) => v.pending(slot),
      (b, slot) => b.vgic.setLatch(slot, true),
    ),
    [`${prefix}_ICPENDR`]: bitBank(
      0x280,
      words,
      (v, slot) => v.pending(slot),
      (b, slot) => b.vgic.setLatch(slot, false),
    ),
    [`${prefix}_ISACTIVER`]: bitBank(
      0x300,
      words,
      (v, slot) => v.active(slot),
      (b, slot) => b.vgic.setActive(slot, true, b.vcpu),
    ),
    [`${prefix}_ICACTIVER`]: bitBank(
      0x380,
      words,
      (v, slot) => v.active(slot),
      (b, slot) => b.vgic.setActive(slot, false, b.vcpu),
    ),
    [`${prefix}_IPRIORITYR`]: byteBank(
      0x400,
      words * 8,
      (b, slot) => b.vgic.priority(slot),
      (b, slot, _intid, value) => b.vgic.setPriority(slot, value),
    ),
    [`${prefix}_ICFGR`]: {
      at: 0xc00,
      words: words * 2,
      read: (b: Bank, word: number) => {
        let value = 0;
        for (let i = 0; i < 16; i++) {
          const intid = 16 * word + i;
          if (inBank(b, intid) && b.vgic.edge(b.vgic.slot(b.vcpu, intid))) value |= 2 << (2 * i);
        }
        return value;
      },
      write: (b: Bank, word: number, value: number) => {
        for (let i = 0; i < 16; i++) {
          const intid = 16 * word + i;
          // SGIs are always edge-triggered.
          if (intid >= SGI_INTIDS && inBank(b, intid))
            b.vgic.setEdge(b.vgic.slot(b.vcpu, intid), ((value >>> (2 * i)) & 2) !== 0);
        }
      },
    },
  }) satisfies { readonly [name: string]: GicRow<Bank> };
