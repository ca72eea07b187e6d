import { describe, expect, it } from 'vitest';
import type { AccessSize } from '../../../devices/bus/mmio-bus.ts';
import { IrqSource } from '../../../trace/events/index.ts';
import { EventLog } from '../event-log.fixture.ts';
import type { GichPort } from '../host-cpu.ts';
import { DistributorV2 } from './distributor-v2.ts';
import { Gich, GichListRegisters, resetGich } from './gich.ts';
import { ListRegisters } from './list-registers.ts';
import { Vgic } from './model.ts';

const GICH_LR = { eoi: 1 << 19, stateShift: 28, group1: 1 << 30 };
const State = { invalid: 0, pending: 1, active: 2 } as const;

/** GICH as memory, and a guest that takes what lies in its list registers. */
class FakeGich implements GichPort {
  readonly words = new Map<number, number>([[Gich.vtr, 0x9000_0003]]);
  read(offset: number): number {
    return this.words.get(offset) ?? 0;
  }
  write(offset: number, value: number): void {
    this.words.set(offset, value);
  }
  setState(lr: number, state: number): void {
    this.write(Gich.lr(lr), ((this.read(Gich.lr(lr)) & ~(3 << 28)) | (state << 28)) >>> 0);
  }
  /** INTID, sender, state and whether its end is watched, of each list register in use. */
  placed(): [intid: number, source: number, state: number, eoi: boolean][] {
    return [0, 1, 2, 3]
      .map((n) => this.read(Gich.lr(n)))
      .filter((lr) => ((lr >>> GICH_LR.stateShift) & 3) !== 0)
      .map((lr) => [lr & 0x3ff, (lr >>> 10) & 7, (lr >>> GICH_LR.stateShift) & 3, (lr & GICH_LR.eoi) !== 0]);
  }
}

function setUp(vcpus = 1) {
  const log = new EventLog();
  const icount = (): number => 7;
  const vgic = new Vgic({ version: 2, vcpus, intids: 288, events: log, icount });
  const gicd = new DistributorV2(vgic, log, icount);
  const gich = Array.from({ length: vcpus }, () => new FakeGich());
  const lines = gich.map((port, v) => new ListRegisters(vgic, v, new GichListRegisters(port), log, icount));
  const read = (at: number, size: AccessSize = 4, vcpu = 0): number => Number(gicd.read(at, size, vcpu));
  const write = (at: number, value: number, size: AccessSize = 4, vcpu = 0): void =>
    gicd.write(at, size, BigInt(value), vcpu);
  write(0, 1);
  const isPending = (vcpu: number, intid: number): boolean => vgic.pending(vgic.slot(vcpu, intid));
  const pendingAt = (intid: number): number[] =>
    [...Array(vcpus).keys()].filter((vcpu) => vgic.pending(vgic.slot(vcpu, intid)));
  /** The guest acknowledges, or ends, what is in a list register. */
  const guest = (vcpu: number, lr: number, state: number): void => {
    gich[vcpu]?.setState(lr, state);
    lines[vcpu]?.sync();
    lines[vcpu]?.flush();
  };
  const placed = (vcpu: number) => {
    lines[vcpu]?.flush();
    return gich[vcpu]?.placed();
  };
  return { log, vgic, gicd, gich, lines, read, write, isPending, pendingAt, guest, placed };
}

describe('the GICv2 distributor', () => {
  it('says what it is', () => {
    const { gicd, read } = setUp(4);
    expect([read(0x004), read(0x008), read(0xfe8)]).toEqual([(3 << 5) | 8, 0x43b, 0x2b]);
    expect(gicd.size).toBe(0x1000);
    expect([0x104, 0x820, 0xf00, 0xf14].map((at) => gicd.registerName(at))).toEqual([
      'GICD_ISENABLER1',
      'GICD_ITARGETSR8',
      'GICD_SGIR',
      'GICD_CPENDSGIR1',
    ]);
  });

  it('has both groups, all interrupts in Group 0 at reset, and no Security Extensions', () => {
    const { read, write } = setUp();
    write(0x000, 0xffff_ffff);
    expect([read(0x000), read(0x080), read(0x084)]).toEqual([3, 0, 0]);
    write(0x084, 0x8000_0001);
    expect(read(0x084)).toBe(0x8000_0001);
    write(0xe00, 0xffff_ffff);
    expect(read(0xe00)).toBe(0);
  });

  it('shows each vCPU its own private interrupts', () => {
    const { read, write } = setUp(2);
    write(0x100, 1 << 27, 4, 1);
    expect([read(0x100, 4, 0), read(0x100, 4, 1)]).toEqual([0xffff, 0x0800_ffff]);
    write(0x41b, 0xa7, 1, 1);
    expect([read(0x418, 4, 0), read(0x418, 4, 1), read(0x41b, 1, 1)]).toEqual([0, 0xa000_0000, 0xa0]);
    write(0x080, 0x8000_0000, 4, 0);
    expect([read(0x080, 4, 0), read(0x080, 4, 1)]).toEqual([0x8000_0000, 0]);
    write(0x104, 3, 4, 1);
    expect(read(0x104, 4, 0)).toBe(3);
  });

  it('has SGIs that are enabled and edge-triggered always', () => {
    const { read, write } = setUp();
    write(0x180, 0xffff_ffff);
    write(0xc00, 0);
    expect([read(0x100), read(0x180), read(0xc00)]).toEqual([0xffff, 0xffff, 0xaaaa_aaaa]);
  });

  it('has neither targets nor others to choose where there is one vCPU', () => {
    const { read, write, vgic, isPending, placed } = setUp();
    write(0x820, 0xffff_ffff);
    expect([read(0x800), read(0x820)]).toEqual([0, 0]);
    write(0x104, 1);
    vgic.setLine(0, 32, true, IrqSource.device);
    expect(isPending(0, 32)).toBe(true);
    expect(placed(0)).toEqual([[32, 0, State.pending, true]]);
  });

  it('sends shared interrupts to the first vCPU of their targets, private ones to their own', () => {
    const { read, write, vgic, placed } = setUp(4);
    expect([read(0x800, 4, 0), read(0x81c, 4, 2), read(0x81f, 1, 3)]).toEqual([0x0101_0101, 0x0404_0404, 0x08]);
    write(0x800, 0xffff_ffff);
    expect(read(0x800)).toBe(0x0101_0101);
    write(0x821, 0xfc, 1);
    expect([read(0x820), read(0x821, 1)]).toEqual([0x0c00, 0x0c]);
    write(0x104, 3);
    vgic.setLine(0, 33, true, IrqSource.device);
    vgic.setLine(0, 32, true, IrqSource.device);
    expect([0, 1, 2, 3].map((v) => placed(v)?.length)).toEqual([0, 0, 1, 0]);
    write(0x821, 0x02, 1);
    expect([0, 1, 2, 3].map((v) => placed(v)?.length)).toEqual([0, 1, 0, 0]);
    write(0x820, 0x0101);
    expect(placed(0)?.map(([intid]) => intid)).toEqual([32, 33]);
  });

  it('has priorities, and configurations of shared interrupts, each in its own place', () => {
    const { read, write, vgic } = setUp(2);
    write(0x400 + 33, 0x48, 1);
    expect([read(0x420), vgic.priority(vgic.slot(0, 33))]).toEqual([0x4800, 0x48]);
    write(0xc08, 2 << (2 * 15));
    write(0xc0c, 2);
    expect([read(0xc08), read(0xc0c), read(0xc10)]).toEqual([0x8000_0000, 2, 0]);
    expect([47, 48, 49].map((intid) => vgic.edge(vgic.slot(0, intid)))).toEqual([true, true, false]);
  });

  it('asks for more when the list registers run out', () => {
    const { vgic, write, placed, gich, guest } = setUp();
    write(0x104, 0x1f);
    for (const intid of [32, 33, 34, 35, 36]) {
      write(0x400 + intid, intid === 32 ? 0xf0 : 0x10, 1);
      vgic.setLine(0, intid, true, IrqSource.device);
    }
    expect(placed(0)?.map(([intid]) => intid)).toEqual([33, 34, 35, 36]);
    // GICH_HCR: on, and an underflow maintenance interrupt.
    expect(gich[0]?.read(Gich.hcr)).toBe(0b011);
    vgic.setLine(0, 36, false, IrqSource.device);
    guest(0, 3, State.active);
    // The active one comes first of its priority.
    guest(0, 0, State.invalid);
    expect(placed(0)?.map(([intid]) => intid)).toEqual([33, 34, 35, 32]);
    expect(gich[0]?.read(Gich.hcr)).toBe(0b001);
  });

  it('sets and clears pending and active bits, but of SGIs', () => {
    const { read, write, pendingAt } = setUp();
    write(0x200, 0x8000_0001);
    write(0x204, 0x10);
    expect([read(0x200), read(0x284), pendingAt(0)]).toEqual([0x8000_0000, 0x10, []]);
    write(0x284, 0x10);
    expect(read(0x204)).toBe(0);
    write(0x304, 0x10);
    expect([read(0x304), read(0x384)]).toEqual([0x10, 0x10]);
    write(0x384, 0x10);
    expect(read(0x304)).toBe(0);
  });
});

describe('GICD_SGIR', () => {
  const sgir = (filter: number, targets: number, intid: number): number => (filter << 24) | (targets << 16) | intid;
  it.each([
    ['a list', sgir(0, 0b1010, 3), 0b1010],
    ['a list with the sender', sgir(0, 0b0111, 3), 0b0111],
    ['an empty list', sgir(0, 0, 3), 0],
    ['a list of vCPUs that are not there', sgir(0, 0xf0, 3), 0],
    ['all but the sender', sgir(1, 0b1111, 3), 0b1011],
    ['the sender alone', sgir(2, 0b0001, 3), 0b0100],
    ['the reserved filter', sgir(3, 0b1111, 3), 0],
  ] as const)('sends to %s', (_, value, targets) => {
    const { write, pendingAt, log, read } = setUp(4);
    write(0xf00, value, 4, 2);
    expect(pendingAt(3)).toEqual([0, 1, 2, 3].filter((v) => (targets >>> v) & 1));
    expect(log.of('sgi')).toEqual([{ event: 'sgi', at: 7, vcpu: 2, intid: 3, targets, mode: (value >>> 24) & 3 }]);
    for (const v of [0, 1, 2, 3]) expect(read(0xf23, 1, v)).toBe((targets >>> v) & 1 ? 0b100 : 0);
    expect(read(0xf00)).toBe(0);
  });

  it('reaches an SGI of either group', () => {
    const { write, pendingAt } = setUp();
    write(0x080, 0xffff);
    write(0xf00, sgir(2, 0, 0));
    expect(pendingAt(0)).toEqual([0]);
  });

  it('takes no narrow accesses', () => {
    const { write, pendingAt } = setUp();
    write(0xf00, 3, 1);
    write(0xf02, 1, 1);
    expect(pendingAt(3)).toEqual([]);
  });
});

describe('the senders of an SGI', () => {
  it('are bits of GICD_SPENDSGIR and GICD_CPENDSGIR, a byte an SGI', () => {
    const { read, write, isPending } = setUp(3);
    write(0xf25, 0b110, 1, 1);
    expect([read(0xf24, 4, 1), read(0xf14, 4, 1), read(0xf24, 4, 0)]).toEqual([0x0600, 0x0600, 0]);
    expect([isPending(1, 5), isPending(0, 5)]).toEqual([true, false]);
    write(0xf15, 0b010, 1, 1);
    expect(read(0xf25, 1, 1)).toBe(0b100);
    write(0xf14, 0xffff_ffff, 4, 1);
    expect(isPending(1, 5)).toBe(false);
    // There are three vCPUs to send one.
    write(0xf20, 0xff, 4, 1);
    expect(read(0xf20, 4, 1)).toBe(0b111);
  });

  it('come one after another, each with its name', () => {
    const { write, placed, guest, isPending, log } = setUp(3);
    write(0xf00, (1 << 16) | 4, 4, 2);
    write(0xf00, (1 << 16) | 4, 4, 1);
    write(0xf00, (1 << 16) | 4, 4, 1);
    expect(placed(0)).toEqual([[4, 1, State.pending, true]]);
    guest(0, 0, State.active);
    // The list register names the active one; the other waits for its end.
    expect(placed(0)).toEqual([[4, 1, State.active, true]]);
    guest(0, 0, State.invalid);
    expect(placed(0)).toEqual([[4, 2, State.pending, false]]);
    guest(0, 0, State.active);
    expect([placed(0), isPending(0, 4)]).toEqual([[[4, 2, State.active, false]], false]);
    guest(0, 0, State.invalid);
    expect(placed(0)).toEqual([]);
    expect(log.of('irq-inject').map((e) => e.intid)).toEqual([4, 4]);
  });

  it('survive a stay outside the list registers', () => {
    const { vgic, write, placed, guest, lines, gich } = setUp(2);
    write(0xf00, (1 << 16) | 9, 4, 1);
    for (const intid of [9, 40, 41, 42, 43]) write(0x400 + intid, intid === 9 ? 0xf0 : 0x10, 1);
    write(0x828, 0x0101_0101);
    write(0x104, 0xf00);
    expect(placed(0)).toEqual([[9, 1, State.pending, false]]);
    guest(0, 0, State.active);
    for (const intid of [40, 41, 42, 43]) vgic.setLine(0, intid, true, IrqSource.device);
    expect(placed(0)?.map(([intid]) => intid)).toEqual([40, 41, 42, 43]);
    const hcr = (): number => gich[0]?.read(Gich.hcr) ?? 0;
    // On, with maintenance interrupts for ends of what is in no list register.
    expect(hcr()).toBe(0b101);
    vgic.setLine(0, 40, false, IrqSource.device);
    expect(placed(0)?.slice(-1)).toEqual([[9, 1, State.active, false]]);
    vgic.setLine(0, 40, true, IrqSource.device);
    lines[0]?.flush();
    gich[0]?.write(Gich.hcr, (hcr() | (1 << 27)) >>> 0);
    lines[0]?.sync();
    expect(vgic.active(vgic.slot(0, 9))).toBe(false);
  });
});

describe('GICH for the hypervisor', () => {
  it('takes list register entries, and tells of them', () => {
    const gich = new FakeGich();
    const port = new GichListRegisters(gich);
    expect(port.count).toBe(4);
    port.write(2, { intid: 40, source: 0, priority: 0xa0, group: 1, state: 3, eoi: true });
    expect(gich.read(Gich.lr(2))).toBe(((1 << 30) | (3 << 28) | (0x14 << 23) | GICH_LR.eoi | 40) >>> 0);
    expect(port.state(2)).toBe(3);
    port.clear(2);
    expect(port.state(2)).toBe(0);
    port.control(true, false);
    expect(gich.read(Gich.hcr)).toBe(0b011);
    gich.write(Gich.hcr, 0xf800_0001);
    expect(port.eoiCount()).toBe(31);
    gich.write(Gich.vmcr, 0xf000_0002);
    gich.write(Gich.misr, 5);
    expect([port.mask(), port.misr()]).toEqual([{ priority: 0xf0, group0: false, group1: true }, 5]);
  });

  it('has its values at power-on', () => {
    const gich = new FakeGich();
    gich.write(Gich.apr, 8);
    resetGich(gich);
    expect([gich.read(Gich.vmcr), gich.read(Gich.apr)]).toEqual([0x004c_0000, 0]);
  });
});

it('round-trips its state, senders included', () => {
  const a = setUp(3);
  a.write(0x080, 0xffff_0000, 4, 1);
  a.write(0x820, 0x0402);
  a.write(0xf00, (1 << 16) | 4, 4, 2);
  a.write(0xf00, (1 << 16) | 4, 4, 1);
  a.lines[0]?.flush();
  a.guest(0, 0, State.active);
  const b = setUp(3);
  b.vgic.restore(a.vgic.save());
  a.lines.forEach((l, v) => {
    b.lines[v]?.restore(l.save());
  });
  expect(b.vgic.save()).toEqual(a.vgic.save());
  expect(b.lines.map((l) => l.save())).toEqual(a.lines.map((l) => l.save()));
  expect([b.read(0xf24), b.read(0x820), b.read(0x080, 4, 1)]).toEqual([0b100, 0x0402, 0xffff_0000]);
  b.write(0, 1);
  expect(b.placed(0)).toEqual([[4, 1, State.active, true]]);
  b.guest(0, 0, State.invalid);
  expect(b.placed(0)).toEqual([[4, 2, State.pending, false]]);
});
