import { describe, expect, it } from 'vitest';
import { IrqSource } from '../../../trace/events/index.ts';
import { EventLog } from '../event-log.fixture.ts';
import { Distributor } from './distributor.ts';
import { type ListRegisterEntry, type ListRegisterPort, ListRegisters } from './list-registers.ts';
import { Vgic } from './model.ts';
import { Redistributor } from './redistributor.ts';
import { decodeSgi1r, sendSgi } from './sgi.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class FakePort implements ListRegisterPort {
  readonly count = 4;
  readonly lr: Mutable<ListRegisterEntry>[] = [];
  underflow = false;
  noEntry = false;
  eois = 0;
  write(lr: number, entry: ListRegisterEntry): void {
    this.lr[lr] = { ...entry };
  }
  clear(lr: number): void {
    this.lr[lr] = { intid: 0, source: 0, priority: 0, group: 0, state: 0, eoi: false };
  }
  state(lr: number): number {
    return this.lr[lr]?.state ?? 0;
  }
  control(underflow: boolean, noEntry: boolean): void {
    this.underflow = underflow;
    this.noEntry = noEntry;
    this.eois = 0;
  }
  eoiCount(): number {
    return this.eois;
  }
  /** INTIDs that stand in list registers, with their states. */
  placed(): [number, number][] {
    return this.lr.filter((l) => l.state !== 0).map((l) => [l.intid, l.state]);
  }
  set(lr: number, state: number): void {
    const entry = this.lr[lr];
    if (entry) entry.state = state;
  }
}

function setUp(vcpus = 1) {
  const log = new EventLog();
  const icount = (): number => 0;
  const vgic = new Vgic({ vcpus, intids: 288, events: log, icount });
  const port = new FakePort();
  const lines = new ListRegisters(vgic, 0, port, log, icount);
  const gicd = new Distributor(vgic);
  const gicr = Array.from({ length: vcpus }, (_, v) => new Redistributor(vgic, v));
  gicd.write(0, 4, 3n);
  const spi = (intid: number, priority: number, edge = false): void => {
    const cfg = 0xc00 + 4 * (intid >> 4);
    if (edge) gicd.write(cfg, 4, gicd.read(cfg, 4) | (2n << BigInt(2 * (intid & 15))));
    gicd.write(0x400 + intid, 1, BigInt(priority));
    gicd.write(0x100 + 4 * (intid >> 5), 4, 1n << BigInt(intid & 31));
  };
  const raise = (intid: number, level = true): void => vgic.setLine(0, intid, level, IrqSource.device);
  return { log, vgic, port, lines, gicd, gicr, spi, raise };
}

describe('list registers', () => {
  it('takes the highest priorities first and asks for more when they run out', () => {
    const { port, lines, spi, raise } = setUp();
    [40, 41, 42, 43, 44, 45].forEach((intid, i) => {
      spi(intid, 0xa0 - 0x10 * i, true);
      raise(intid);
    });
    lines.flush();
    expect(port.placed()).toEqual([
      [45, 1],
      [44, 1],
      [43, 1],
      [42, 1],
    ]);
    expect(port.underflow).toBe(true);
    for (let lr = 0; lr < 4; lr++) port.set(lr, 0);
    lines.sync();
    lines.flush();
    expect(port.placed()).toEqual([
      [41, 1],
      [40, 1],
    ]);
    expect(port.underflow).toBe(false);
  });

  it('gives a level-triggered interrupt again while its line is high, and not after', () => {
    const { port, lines, spi, raise, log } = setUp();
    spi(33, 0xa0);
    raise(33);
    lines.flush();
    expect(port.lr[0]).toEqual({ intid: 33, source: 0, priority: 0xa0, group: 1, state: 1, eoi: true });
    port.set(0, 2);
    lines.sync();
    lines.flush();
    expect(port.placed()).toEqual([[33, 2]]);
    port.set(0, 0);
    lines.sync();
    lines.flush();
    expect(port.placed()).toEqual([[33, 1]]);
    expect(log.of('irq-inject').length).toBe(2);
    raise(33, false);
    lines.flush();
    expect(port.placed()).toEqual([]);
  });

  it('keeps what a message raised, if it is level-triggered, until another takes it back', () => {
    const { port, lines, spi, gicd } = setUp();
    const [SETSPI, CLRSPI] = [0x40, 0x48];
    for (const [intid, edge, again] of [
      [40, false, [[40, 1]]],
      [41, true, []],
    ] as const) {
      spi(intid, 0xa0, edge);
      gicd.write(SETSPI, 4, BigInt(intid));
      lines.flush();
      expect(port.placed()).toEqual([[intid, 1]]);
      port.set(0, 2);
      lines.sync();
      port.set(0, 0);
      lines.sync();
      lines.flush();
      expect(port.placed()).toEqual(again);
      gicd.write(CLRSPI, 4, BigInt(intid));
      lines.flush();
      expect(port.placed()).toEqual([]);
    }
  });

  it('latches an edge that comes while the interrupt is active', () => {
    const { port, lines, spi, raise } = setUp();
    spi(50, 0, true);
    raise(50);
    lines.flush();
    expect(port.lr[0]?.eoi).toBe(false);
    port.set(0, 2);
    lines.sync();
    raise(50, false);
    raise(50, true);
    lines.flush();
    expect(port.placed()).toEqual([[50, 3]]);
  });

  it('announces an injection once, however often the list registers are loaded', () => {
    const { lines, spi, raise, log } = setUp();
    spi(40, 0x80);
    raise(40);
    lines.flush();
    spi(41, 0x10);
    raise(41);
    lines.flush();
    expect(log.of('irq-inject').map((e) => e.intid)).toEqual([40, 41]);
  });

  it('ends an active interrupt that had to leave its list register', () => {
    const { vgic, port, lines, spi, raise } = setUp();
    spi(40, 0xf0);
    raise(40);
    lines.flush();
    port.set(0, 2);
    lines.sync();
    for (const intid of [41, 42, 43, 44]) {
      spi(intid, 0x10);
      raise(intid);
    }
    lines.flush();
    expect(port.placed().map(([intid]) => intid)).toEqual([41, 42, 43, 44]);
    expect(port.noEntry).toBe(true);
    port.eois = 1;
    raise(40, false);
    lines.sync();
    expect(vgic.active(vgic.slot(0, 40))).toBe(false);
    expect(port.eois).toBe(0);
  });

  it('signals by priority mask and group', () => {
    const { lines, spi, raise } = setUp();
    spi(40, 0x80);
    expect(lines.signals(0xff, true, true)).toBe(false);
    raise(40);
    expect(lines.signals(0xff, false, true)).toBe(true);
    expect(lines.signals(0x80, false, true)).toBe(false);
    expect(lines.signals(0xff, true, false)).toBe(false);
  });

  it('round-trips its state', () => {
    const a = setUp();
    a.spi(40, 0x80);
    a.raise(40);
    a.lines.flush();
    const b = setUp();
    b.vgic.restore(a.vgic.save());
    b.lines.restore(a.lines.save());
    expect(b.vgic.save()).toEqual(a.vgic.save());
    // The hardware's list registers are the CPU's to restore: nothing is loaded until something changes.
    b.lines.flush();
    expect(b.port.placed()).toEqual([]);
    b.gicd.write(0, 4, 3n);
    b.lines.flush();
    expect(b.port.placed()).toEqual([[40, 1]]);
    expect(b.log.of('irq-inject')).toEqual([]);
  });
});

describe('distributor', () => {
  it('says what it is', () => {
    const { gicd } = setUp();
    expect(gicd.read(0x000, 4)).toBe(0x53n);
    expect(gicd.read(0x004, 4) & 0x1fn).toBe(8n);
    // A3V, as ICC_CTLR_EL1 has it: GICD_IROUTER keeps Aff3.
    gicd.write(0x6104, 4, 5n);
    expect([gicd.read(0x004, 4) & (1n << 24n), gicd.read(0x6104, 4)]).toEqual([1n << 24n, 5n]);
    expect(gicd.read(0x008, 4)).toBe(0x43bn);
    expect(gicd.read(0xffe8, 4)).toBe(0x3bn);
    expect(gicd.registerName(0x104)).toBe('GICD_ISENABLER1');
    expect(gicd.read(0xfe00, 4)).toBe(0n);
  });

  it('sets and clears by bits, and keeps private interrupts out', () => {
    const { gicd } = setUp();
    gicd.write(0x100, 4, 0xffff_ffffn);
    expect(gicd.read(0x100, 4)).toBe(0n);
    gicd.write(0x104, 4, 0x8000_0003n);
    gicd.write(0x184, 4, 0x1n);
    expect(gicd.read(0x104, 4)).toBe(0x8000_0002n);
    expect(gicd.read(0x184, 4)).toBe(0x8000_0002n);
    gicd.write(0x204, 4, 0x10n);
    expect(gicd.read(0x204, 4)).toBe(0x10n);
    gicd.write(0x284, 4, 0x10n);
    expect(gicd.read(0x204, 4)).toBe(0n);
  });

  it('has priorities by byte, with the bits that the interface has', () => {
    const { gicd } = setUp();
    gicd.write(0x420, 4, 0xa0a0a0a7n);
    gicd.write(0x421, 1, 0x48n);
    expect(gicd.read(0x420, 4)).toBe(0xa0a0_48a0n);
    expect(gicd.read(0x421, 1)).toBe(0x48n);
    // Other registers take words only.
    gicd.write(0x104, 1, 0xffn);
    expect(gicd.read(0x104, 4)).toBe(0n);
  });

  it('routes by 64-bit registers', () => {
    const { gicd, vgic, lines } = setUp(2);
    const at = 0x6000 + 8 * 40;
    gicd.write(0x400 + 40, 1, 0n);
    gicd.write(0x104, 4, 1n << 8n);
    gicd.write(at, 8, 1n);
    expect(gicd.read(at, 8)).toBe(1n);
    vgic.setLine(0, 40, true, IrqSource.device);
    expect(lines.signals(0xff, true, true)).toBe(false);
    gicd.write(at, 8, 0x8000_0001n);
    expect(lines.signals(0xff, true, true)).toBe(true);
    gicd.write(at + 4, 4, 7n);
    gicd.write(at, 4, 0n);
    expect(lines.signals(0xff, true, true)).toBe(false);
  });

  it('takes messages of devices, each of which is told', () => {
    const { vgic, gicd, spi, log } = setUp();
    spi(41, 0, true);
    vgic.deliverMessage(41);
    expect([gicd.read(0x204, 4), log.of('irq-line')]).toMatchObject([
      0x200n,
      [{ intid: 41, level: 1, source: IrqSource.message }],
    ]);
  });

  it('takes messages', () => {
    const { gicd, vgic } = setUp();
    gicd.write(0x40, 4, 64n);
    expect(vgic.pending(vgic.slot(0, 64))).toBe(true);
    gicd.write(0x48, 4, 64n);
    expect(vgic.pending(vgic.slot(0, 64))).toBe(false);
  });
});

describe('redistributor', () => {
  it('names its vCPU and the last of them', () => {
    const { gicr } = setUp(2);
    expect(gicr[0]?.read(8, 8)).toBe(0n);
    expect(gicr[1]?.read(8, 8)).toBe((1n << 32n) | (1n << 8n) | (1n << 4n));
  });

  it('wakes at once', () => {
    const gicr = setUp().gicr[0] as Redistributor;
    expect(gicr.read(0x14, 4)).toBe(6n);
    gicr.write(0x14, 4, 0n);
    expect(gicr.read(0x14, 4)).toBe(0n);
  });

  it('has the private interrupts, SGIs always edge-triggered', () => {
    const { gicr, vgic } = setUp(2);
    const one = gicr[1] as Redistributor;
    one.write(0x1_0100, 4, 1n << 27n);
    expect(vgic.enabled(vgic.slot(1, 27))).toBe(true);
    expect(vgic.enabled(vgic.slot(0, 27))).toBe(false);
    one.write(0x1_0c00, 4, 0n);
    expect(one.read(0x1_0c00, 4)).toBe(0xaaaa_aaaan);
    one.write(0x1_0c04, 4, 2n << 22n);
    expect(one.read(0x1_0c04, 4)).toBe(2n << 22n);
    expect(one.registerName(0x1_0100)).toBe('GICR_ISENABLER0');
  });
});

describe('SGIs', () => {
  it('decodes lists and all but the sender', () => {
    expect(decodeSgi1r((5n << 24n) | 0x3n, 0, 2)).toEqual({ intid: 5, targets: 3, mode: 0 });
    expect(decodeSgi1r((1n << 40n) | (6n << 24n), 0, 4)).toEqual({ intid: 6, targets: 0xe, mode: 1 });
    expect(decodeSgi1r((1n << 16n) | 1n, 0, 2).targets).toBe(0);
  });

  it('become pending at their targets only', () => {
    const { vgic, log } = setUp(2);
    sendSgi(vgic, 0, { intid: 3, targets: 2, mode: 0 }, 1, log, 0);
    expect(vgic.pending(vgic.slot(1, 3))).toBe(true);
    expect(vgic.pending(vgic.slot(0, 3))).toBe(false);
    expect(log.names()).toEqual(['sgi']);
  });
});

describe('an interrupt that any vCPU may take', () => {
  const WAKER = 0x14;
  it('goes to the first that is awake, and moves when that changes', () => {
    const { vgic, gicd, gicr, spi, raise } = setUp(3);
    spi(40, 0xa0);
    gicd.write(0x6000 + 8 * 40, 8, 1n << 31n);
    raise(40);
    const has = () => [0, 1, 2].filter((vcpu) => vgic.list(vcpu).includes(vgic.slot(0, 40)));
    expect(has()).toEqual([0]);
    gicr[2]?.write(WAKER, 4, 0n);
    expect(has()).toEqual([2]);
    gicr[1]?.write(WAKER, 4, 0n);
    expect(has()).toEqual([1]);
  });
});
