// Machines at the moments that are hard to save, and what shows that they are there.
import { fileURLToPath } from 'node:url';
import type { PlainMap } from '../../src/base/plain.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import type { MachineState } from '../../src/machine/machine-state.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { ConsoleText, demoConfig, EventLines, type Typed } from '../support/demo.fixture.ts';

export type Kind = Pick<MachineConfig, 'arch' | 'cpu' | 'gicVersion'>;
export const kinds: readonly Kind[] = [
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'armv7', gicVersion: 2 },
  { arch: 'armv7', cpu: 'cortex-a57', gicVersion: 2 },
];

/** A machine, what it tells, and what is typed to it. */
export interface Told {
  readonly machine: Machine;
  readonly events: EventLines;
  readonly console: ConsoleText;
}
export interface Guest {
  readonly config: MachineConfig;
  readonly images: MachineImages;
  /** By ascending counts. */
  readonly typed: readonly Typed[];
}

/** Typed ahead, so that the UART's FIFO and the console behind it are full for a while. */
const typed: readonly Typed[] = [
  { at: 200_000, text: 'typed before anybody listens '.repeat(3) },
  { at: 28_000_001, text: 'help\r' },
  { at: 28_000_001, text: `${'long line '.repeat(12)}\r` },
  { at: 29_000_000, text: 'ticks\r' },
  { at: 30_000_000, text: 'off\r' },
];
export const demo = (kind: Kind): Guest => ({
  config: { ...demoConfig, ...kind },
  images: MachineImages.read({ kernel: guestFiles(`demo-${kind.arch}`).kernel }),
  typed,
});

/** The demo of several vCPUs. */
export const smp = (kind: Kind, more: Pick<MachineConfig, 'vcpus' | 'turnCounts' | 'scheduleSeed'>): Guest => ({
  config: { ...demoConfig, ...kind, ...more },
  images: MachineImages.read({ kernel: guestFiles(`demo-smp-${kind.arch}`).kernel }),
  typed: [],
});

/** A guest that drives a virtio console. */
export const ports = (kind: Kind): Guest => ({
  config: { ...demoConfig, ...kind, console: { ports: ['org.test.0'] } },
  images: MachineImages.read({
    kernel: fileURLToPath(new URL(`../guests/virtio/virtio-${kind.arch}.elf`, import.meta.url)),
  }),
  typed: [],
});

/** A guest that drives a virtio console behind PCI. */
export const pci: Guest = {
  config: { ...demoConfig, arch: 'arm64', gicVersion: 3, board: 'bhyve', console: { ports: ['org.test.0'] } },
  images: MachineImages.read({
    kernel: fileURLToPath(new URL('../guests/virtio/virtio-pci-arm64.elf', import.meta.url)),
  }),
  typed: [],
};

const LOAD_ADDRESS = 0x4008_0000;
/** A guest of these words, at these byte offsets from where it starts. */
function code(words: { readonly [offset: number]: readonly number[] }): Guest {
  const bytes = new Uint8Array(0x1000);
  for (const [offset, list] of Object.entries(words))
    bytes.set(new Uint8Array(Uint32Array.from(list).buffer), Number(offset));
  return {
    config: { ...demoConfig, board: 'virt@1', memoryBytes: 16 * 2 ** 20, loadAddress: LOAD_ADDRESS },
    images: new MachineImages([{ role: 'kernel', name: 'code', bytes }]),
    typed: [],
  };
}
/** PSCI SYSTEM_OFF. */
const powerOff = [0xd280_0100, 0xf2b0_8000, 0xd400_0002];

/** Takes a lock and adds to a counter, ten times: every few instructions the exclusive monitor is held. */
export const exclusives = code({
  0: [
    0xd2a8_0101, // MOV X1, #0x40080000
    0x9120_0021, // ADD X1, X1, #0x800
    0x885f_7c20, // LDXR W0, [X1]
    0x1100_0400, // ADD W0, W0, #1
    0x8802_7c20, // STXR W2, W0, [X1]
    0x35ff_ffa2, // CBNZ W2, back to LDXR
    0x7100_281f, // CMP W0, #10
    0x54ff_ff61, // B.NE back to LDXR
    ...powerOff,
  ],
});

/** Steps EL0 code by software step, ten times. */
export const steps = code({
  0: [
    0xd2a8_0100, // MOV X0, #0x40080000
    0x9120_0001, // ADD X1, X0, #0x800
    0xd518_c001, // MSR VBAR_EL1, X1
    0xd510_109f, // MSR OSLAR_EL1, XZR: unlocks the debug registers
    0xd280_0022, // MOV X2, #1
    0xd510_0242, // MSR MDSCR_EL1, X2: SS
    0x9104_0003, // ADD X3, X0, #0x100
    0xd518_4023, // MSR ELR_EL1, X3
    0xd2a0_0404, // MOV X4, #1 << 21
    0xd518_4004, // MSR SPSR_EL1, X4: EL0t with SS
    0xd69f_03e0, // ERET
  ],
  256: [0x9100_04a5, 0x17ff_ffff], // ADD X5, X5, #1; B back
  // VBAR_EL1 + 0x400: from a lower level.
  3072: [
    0x9100_04c6, // ADD X6, X6, #1
    0xf100_28df, // CMP X6, #10
    0x5400_0060, // B.EQ to the end
    0xd518_4004, // MSR SPSR_EL1, X4
    0xd69f_03e0, // ERET
    ...powerOff,
  ],
});

export function build({ config, images }: Guest): Told {
  const events = new EventLines();
  const console = new ConsoleText();
  return { machine: new Machine({ config, images, events, consoleOut: console.out }), events, console };
}

/** Runs to a count, with what is typed after `from` and up to there. False where the guest has ended before. */
export function runTo(guest: Guest, { machine }: Told, until: number, from = -1): boolean {
  for (const { at, text } of guest.typed) {
    if (at <= from || at > until) continue;
    if (machine.icount < at && machine.run(at).kind === 'ended') return false;
    machine.input(Buffer.from(text));
  }
  return machine.run(until).kind === 'count';
}

const part = (saved: MachineState, name: string): PlainMap =>
  saved.parts.find((p) => p.name === name)?.state ?? ({} as PlainMap);
const some = (bytes: unknown): boolean => bytes instanceof Uint8Array && bytes.some((b) => b !== 0);
const system = (saved: MachineState, name: string): bigint =>
  (part(saved, 'cpu').system as { [name: string]: bigint })[name] as bigint;

/** What a saved state may show, by name. */
export const moments: { readonly [name: string]: (saved: MachineState) => boolean } = {
  'an interrupt is active': (s) => some(part(s, 'vgic').active),
  'an interrupt is pending in a list register': (s) =>
    (part(s, 'list-registers0').states as number[]).some((state) => (state & 1) !== 0),
  'the timer is armed': (s) => (system(s, 'CNTV_CTL_EL0') & 3n) === 1n,
  'the FIFO is half full': (s) => {
    const { length } = part(s, 'pl011').rx as number[];
    return length > 4 && length < 32;
  },
  'input waits for the FIFO': (s) => (part(s, 'console').waiting as Uint8Array).length > 0,
  'a console line is open': (s) => (part(s, 'console').line as Uint8Array).length > 0,
  'the guest waits for an interrupt': (s) => (part(s, 'vm').waiting as boolean[])[0] === true,
  'the hypervisor is at work': (s) => part(s, 'cpu').inHypervisor === true,
  'the guest is paused': (s) => part(s, 'cpu').inHypervisor === false,
  'the guest is at EL0': (s) => part(s, 'cpu').el === 0,
  'a monitor is held': (s) => part(s, 'cpu').exclusiveSize !== 0,
  'a step is armed': (s) => ((part(s, 'cpu').ssIl as number) & (1 << 21)) !== 0,
  'a step is due': (s) => system(s, 'STEPPED') !== 0n,
};
