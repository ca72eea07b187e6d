import { must } from '../../base/assert.ts';
import { type Ipa, ipa } from '../../base/brands.ts';
import type { Stateful } from '../../base/stateful.ts';
import { MmioBus, type MmioDevice } from '../../devices/bus/mmio-bus.ts';
import type { ByteSink, Clock, DeadlineSource, DmaPort, IrqLine, SystemPower } from '../../devices/bus/ports.ts';
import { BvmConsole } from '../../devices/bvmconsole/bvmconsole.ts';
import { CfiFlash, type FlashMemory } from '../../devices/flash/cfi-flash.ts';
import { FwCfg } from '../../devices/fwcfg/fw-cfg.ts';
import { type FwCfgContents, itemsOf } from '../../devices/fwcfg/items.ts';
import { type Handover, Pl011Device } from '../../devices/pl011/pl011.ts';
import { Pl031Device } from '../../devices/pl031/pl031.ts';
import { Pl061Device } from '../../devices/pl061/pl061.ts';
import { Sp804Device } from '../../devices/sp804/sp804.ts';
import { VexpressSysregs } from '../../devices/vexpress/sysregs.ts';
import type { GicFrames } from '../../hyp/arm-common/vgic/gic-frames.ts';
import type { ConsolePort } from '../console.ts';
import type { Board, Range } from './board.ts';
import type { VirtioSlots } from './virtio.ts';

/** What a board's devices are joined to. */
export interface DevicePorts {
  readonly clock: Clock;
  /** The line of an INTID. */
  readonly irq: (intid: number) => IrqLine;
  /** Where the console's output goes. */
  readonly console: ByteSink;
  readonly rtcEpochSeconds: number;
  readonly power: SystemPower;
  /** What is in the virtio slots. */
  readonly virtio: VirtioSlots;
  /** How the guest finds its UART: as a boot loader leaves it, or, where it begins with its own firmware, as a reset does. */
  readonly handover: Handover;
  /** The memory of a bank of flash, by its number. */
  readonly flash: (bank: number) => FlashMemory;
  /** What fw_cfg tells, and how it reaches memory. */
  readonly fwCfg: { readonly contents: FwCfgContents; readonly dma: DmaPort };
}

/** A device, and the guest-physical address where it begins. */
export interface Placed<D extends MmioDevice = MmioDevice> {
  readonly at: Ipa;
  readonly device: D;
}

/** A board's devices. */
export interface BoardDevices {
  readonly placed: readonly Placed[];
  /** Those that hold state. */
  readonly parts: readonly Stateful[];
  /** Those that act by themselves. */
  readonly deadlines: readonly DeadlineSource[];
  /** The console, with its receiving side. */
  readonly console: MmioDevice & ConsolePort;
  /** The banks of flash, in their order. */
  readonly flash: readonly CfiFlash[];
  /** Where there is a power key. */
  readonly gpio: Pl061Device | undefined;
}

const nobody: ByteSink = { write: () => {} };
/** Ports of devices that firmware uses, where there is none, and of what turns the power, where nobody runs. */
export const withoutFirmware: Pick<DevicePorts, 'handover' | 'flash' | 'fwCfg' | 'power'> = {
  handover: 'firmware',
  power: { off: () => {}, reset: () => {} },
  flash: () => ({ bytes: new Uint8Array(0), write: () => {}, mappingChanged: () => {} }),
  fwCfg: { contents: { ramBytes: 0, vcpus: 1 }, dma: { read: () => undefined, write: () => false } },
};
const place = <D extends MmioDevice>({ base }: Range, device: D): Placed<D> => ({
  at: ipa(BigInt(base)),
  device,
});

const sysregsOf = ({ sysregs, identity }: NonNullable<Board['vexpress']>, { clock, power }: DevicePorts) =>
  place(sysregs, new VexpressSysregs({ clock, power, identity }));

/** Makes all devices of a board but its interrupt controller. */
export function boardDevices(board: Board, ports: DevicePorts): BoardDevices {
  const { clock, irq, console, rtcEpochSeconds, handover, virtio } = ports;
  const { pl011, otherPl011s = [], pl031, sp804, pl061 } = board;
  const first = place(
    pl011,
    board.console === 'bvmconsole'
      ? new BvmConsole({ sink: console })
      : new Pl011Device({ sink: console, irq: irq(pl011.intid), handover }),
  );
  const uarts = otherPl011s.map((at, n) =>
    place(at, new Pl011Device({ name: `pl011-${n + 1}`, sink: nobody, irq: irq(at.intid), handover: 'reset' })),
  );
  const rtc = place(pl031, new Pl031Device({ clock, irq: irq(pl031.intid), epochSeconds: rtcEpochSeconds }));
  const timers = sp804
    ? sp804.places.map((at, n) =>
        place(at, new Sp804Device({ name: `sp804-${n}`, clock, irq: irq(at.intid), timclkHz: sp804.timclkHz })),
      )
    : [];
  const flash = (board.flash?.banks ?? []).map((base, bank) => {
    const { geometry } = must(board.flash, 'flash');
    return place({ base, size: 0 }, new CfiFlash({ name: `flash-${bank}`, geometry, memory: ports.flash(bank) }));
  });
  const { contents, dma } = ports.fwCfg;
  const fwCfg = board.fwCfg ? [place(board.fwCfg, new FwCfg(itemsOf(contents), dma))] : [];
  const gpio = pl061 ? [place(pl061, new Pl061Device({ clock, irq: irq(pl061.intid) }))] : [];
  const sysregs = board.vexpress ? [sysregsOf(board.vexpress, ports)] : [];
  const stateful = [first, ...uarts, rtc, ...timers, ...flash, ...fwCfg, ...gpio, ...sysregs];
  return {
    placed: [...stateful, ...virtio.placed.map((slot) => place(slot, slot.device))],
    parts: [...stateful.map(({ device }) => device), ...virtio.parts],
    deadlines: [...[rtc, ...timers, ...gpio].map(({ device }) => device), ...virtio.deadlines],
    console: first.device,
    flash: flash.map(({ device }) => device),
    gpio: gpio[0]?.device,
  };
}

/** A board's devices in their places, its interrupt controller among them. */
export function boardBus(
  board: Board,
  gic: GicFrames,
  placed: readonly { readonly at: Ipa; readonly device: MmioDevice }[],
): MmioBus {
  const bus = new MmioBus();
  bus.attach(ipa(BigInt(board.gic.distributor.base)), gic.distributor);
  for (const [i, redistributor] of gic.redistributors.entries()) {
    const frames = must(board.gic.redistributor, `redistributors of ${board.name}`);
    bus.attach(ipa(BigInt(frames.base + i * frames.size)), redistributor);
  }
  for (const { at, device } of placed) bus.attach(at, device);
  return bus;
}
