import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { must } from '../../../src/base/assert.ts';
import { Failure } from '../../../src/base/failure.ts';
import { limits } from '../../../src/base/limits.ts';
import { PAGE_BYTES } from '../../../src/base/page.ts';
import { ramOf } from '../../../src/machine/boards/board.ts';
import { boardByName } from '../../../src/machine/boards/index.ts';
import { isMac } from '../../../src/machine/net-config.ts';
import { portsProblem } from '../../../src/machine/ports-config.ts';
import { parseDisk } from '../disk-options.ts';
import { LISTEN_DEFAULT } from '../listen-default.ts';
import { sizeOf } from '../numbers.ts';
import { absentModels, deviceKeys, globalKeys, type Meaning, meaningOf } from './keys.ts';
import { about, BhyveVariables, type Setting } from './variables.ts';

/** bhyve's arm64 platform, which a boot ROM is made for (usr.sbin/bhyve/aarch64/bhyverun_machdep.c). */
export const BHYVE_BOARD = 'bhyve';
const FDT_OFFSET = 0x10_0000;
/** What topologies are counted in there (calc_topology() of bhyverun.c). */
const TOPOLOGY_MAX = 0xffff;
/** Of a serial number, with the zero behind it (VTBLK_BLK_ID_BYTES of pci_virtio_block.c). */
const SERIAL_CHARACTERS_MAX = 19;

/** The options that a configuration speaks of. */
export interface BhyveArgs {
  readonly bhyve?: readonly string[] | undefined;
  /** What it says is in the other options. */
  readonly isBhyve?: boolean | undefined;
  /** Where a debugger's server listens, of whoever has one. */
  readonly listen?: string | undefined;
  readonly board?: string | undefined;
  readonly guest?: string | undefined;
  readonly kernel?: string | undefined;
  readonly load?: string | undefined;
  readonly dtbAt?: string | undefined;
  readonly firmware?: string | undefined;
  readonly memory?: string | undefined;
  readonly smp?: string | undefined;
  readonly disk?: readonly string[] | undefined;
  readonly net?: string | undefined;
  readonly netMac?: string | undefined;
  readonly rng: boolean;
  readonly virtioConsole?: readonly string[] | undefined;
}

/** A device of bhyve's PCI, and its variables by their names behind its own. */
interface Device {
  readonly place: string;
  readonly slot: number;
  readonly func: number;
  readonly model: string;
  readonly keys: ReadonlyMap<string, Setting>;
}
/** Of these a machine has one. */
const SINGLE: readonly string[] = ['virtio-net', 'virtio-rnd', 'virtio-console'];

const PORT_MAX = 65_535;
const PCI = /^pci\.(0|[1-9][0-9]?[0-9]?)\.([0-9]|[12][0-9]|3[01])\.([0-7])\.(.+)$/;
const md5 = (text: string): Buffer => createHash('md5').update(text).digest();
const pairs = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/**
 * The options with what bhyve's configuration says in them, which they themselves override. @param say is told a line for each variable that
 * does not apply @throws Failure with one line, which says where, for a value that is of no use
 */
export function withBhyve<T extends BhyveArgs>(args: T, say: (note: string) => void): T {
  if (args.bhyve === undefined || args.bhyve.length === 0) return args;
  const machine = new BhyveMachine(args, new BhyveVariables(args.bhyve));
  const told = { ...args, ...machine.options(), bhyve: undefined, isBhyve: true };
  for (const note of machine.notes()) say(note);
  return told;
}

class BhyveMachine {
  readonly #args: BhyveArgs;
  readonly #variables: BhyveVariables;
  readonly #devices: readonly Device[];
  readonly #notes = new Map<string, string>();

  constructor(args: BhyveArgs, variables: BhyveVariables) {
    this.#args = args;
    this.#variables = variables;
    this.#devices = this.#readDevices();
  }

  /** In the order in which the variables were first set. */
  notes(): readonly string[] {
    return this.#variables.all.flatMap(({ key }) => this.#notes.get(key) ?? []);
  }

  options(): Partial<BhyveArgs> {
    // All of them, used or not: then it is known which ones others refer to.
    for (const { key } of this.#variables.all) this.#variables.text(key);
    for (const setting of this.#variables.all) this.#tell(setting);
    return {
      ...this.#memory(),
      ...this.#vcpus(),
      ...this.#bootrom(),
      ...this.#disks(),
      ...this.#network(),
      ...this.#console(),
      ...this.#debugger(),
      rng: this.#args.rng || this.#deviceOf('virtio-rnd') !== undefined,
    };
  }

  #readDevices(): Device[] {
    const places = new Map<string, Map<string, Setting>>();
    for (const setting of this.#variables.all) {
      const [, bus, slot, func, rest = ''] = PCI.exec(setting.key) ?? [];
      if (bus === undefined || Number(bus) > 255) continue;
      const place = `${bus}.${slot}.${func}`;
      places.set(place, (places.get(place) ?? new Map<string, Setting>()).set(rest, setting));
    }
    const numbersOf = (place: string): number[] => place.split('.').map(Number);
    return [...places]
      .map(([place, keys]): Device => {
        const [, slot = 0, func = 0] = numbersOf(place);
        const device = keys.get('device');
        if (device === undefined) {
          const [first] = keys.values();
          throw new Failure(about(first as Setting, `there is no pci.${place}.device, which says what it is`));
        }
        const model = this.#variables.text(device.key) ?? '';
        if (!Object.hasOwn(deviceKeys, model) && !absentModels.includes(model))
          throw this.#variables.unusable(device.key, `no such device; here are ${Object.keys(deviceKeys).join(', ')}`);
        return { place, slot, func, model, keys };
      })
      .sort((a, b) => {
        const [left, right] = [numbersOf(a.place), numbersOf(b.place)];
        const at = left.findIndex((number, i) => number !== right[i]);
        return at < 0 ? 0 : (left[at] as number) - (right[at] as number);
      });
  }

  #note(setting: Setting, what: string): void {
    this.#notes.set(setting.key, about(setting, what));
  }

  /** Notes a variable that does not apply. */
  #tell(setting: Setting): void {
    const [, bus, slot, func, rest = ''] = PCI.exec(setting.key) ?? [];
    const device = this.#devices.find(({ place }) => place === `${bus}.${slot}.${func}`);
    const reason = device && this.#whyNot(device);
    if (reason !== undefined) {
      if (rest === 'device') this.#note(setting, reason);
      return;
    }
    const meaning: Meaning | undefined =
      device === undefined ? meaningOf(globalKeys, setting.key) : meaningOf(deviceKeys[device.model] ?? {}, rest);
    if (meaning === undefined) {
      if (!this.#variables.isReferredTo(setting.key)) this.#note(setting, 'nothing here knows it, ignored');
    } else if ('ignored' in meaning) {
      const { ignored, unless } = meaning;
      if (unless === undefined || this.#variables.boolean(setting.key) !== unless)
        this.#note(setting, `${ignored}, ignored`);
    }
  }

  /** Why a device is left out; undefined where it is not. */
  #whyNot({ model, place }: Device): string | undefined {
    if (!Object.hasOwn(deviceKeys, model)) return `no ${model} here, left out`;
    const first = this.#devices.find((other) => other.model === model);
    return SINGLE.includes(model) && first?.place !== place
      ? `a machine here has one ${model}, at pci.${first?.place}; left out`
      : undefined;
  }
  #deviceOf(model: string): Device | undefined {
    return this.#devices.find((device) => device.model === model);
  }

  /** Says that an option stands before a variable. */
  #overridden(key: string, option: string): void {
    const setting = this.#variables.setting(key);
    if (setting && setting.where !== BhyveVariables.DEFAULT) this.#note(setting, `${option} is given, ignored`);
  }

  #memory(): Partial<BhyveArgs> {
    const key = 'memory.size';
    if (this.#args.memory !== undefined) {
      this.#overridden(key, '--memory');
      return {};
    }
    const bytes = this.#variables.bytes(key) ?? 0;
    const { ramBytesMin, ramBytesMax } = limits;
    if (!(bytes >= ramBytesMin && bytes <= ramBytesMax && bytes % PAGE_BYTES === 0))
      throw this.#variables.unusable(
        key,
        `give ${ramBytesMin >> 20}M to ${ramBytesMax / 2 ** 20}M, in whole pages of ${PAGE_BYTES} bytes`,
      );
    return { memory: `${bytes}B` };
  }

  #vcpus(): Partial<BhyveArgs> {
    const keys = ['cpus', 'sockets', 'cores', 'threads'] as const;
    if (this.#args.smp !== undefined) {
      for (const key of keys) this.#overridden(key, '--smp');
      return {};
    }
    const [cpus, sockets, cores = 1, threads = 1] = keys.map((key) => this.#variables.integer(key, 1, TOPOLOGY_MAX));
    const vcpus = (sockets ?? cpus ?? 1) * cores * threads;
    const first = keys.find((key) => this.#variables.setting(key) !== undefined) ?? 'cpus';
    if (cpus !== undefined && vcpus !== cpus)
      throw this.#variables.unusable(
        'cpus',
        `${sockets ?? cpus} sockets of ${cores} cores of ${threads} threads are ${vcpus}`,
      );
    if (vcpus > limits.vcpusMax) throw this.#variables.unusable(first, `${vcpus} vCPUs; give 1 to ${limits.vcpusMax}`);
    return { smp: String(vcpus) };
  }

  /** A boot ROM is copied to RAM's base and entered there, with the address of the device tree in X0. */
  #bootrom(): Partial<BhyveArgs> {
    const { board, kernel, guest, firmware, load, dtbAt } = this.#args;
    const file = this.#file('bootrom');
    if (file === undefined) return {};
    const other = [
      ['--kernel', kernel],
      ['--guest', guest],
      ['--firmware', firmware],
    ].find(([, given]) => given !== undefined)?.[0];
    if (other !== undefined) {
      this.#overridden('bootrom', other);
      return {};
    }
    const onBoard = boardByName(board ?? BHYVE_BOARD);
    const memory = this.#args.memory ?? must(this.#memory().memory, 'the size of memory');
    const { base } = ramOf(onBoard, sizeOf('--memory', memory));
    return {
      board: onBoard.name,
      kernel: file,
      load: load ?? String(base),
      dtbAt: dtbAt ?? String(base + FDT_OFFSET),
    };
  }
  /** A file that must be there. */
  #file(key: string): string | undefined {
    const file = this.#variables.text(key);
    if (file !== undefined && !existsSync(file)) throw this.#variables.unusable(key, 'no such file; check the path');
    return file;
  }

  #disks(): Partial<BhyveArgs> {
    const disks = this.#devices.filter(({ model }) => model === 'virtio-blk').map((device) => this.#disk(device));
    return { disk: [...disks, ...(this.#args.disk ?? [])] };
  }
  #disk({ place, keys }: Device): string {
    const key = (name: string): string => `pci.${place}.${name}`;
    const device = keys.get('device') as Setting;
    const path = this.#file(key('path'));
    if (path === undefined) throw new Failure(about(device, `there is no pci.${place}.path, which names its file`));
    this.#sectors(key('sectorsize'));
    const ser = keys.has('serial') ? key('serial') : key('ser');
    const bytes = md5(path);
    const own = [0, 2, 4].map((at) => pairs(bytes.subarray(at, at + 2))).join('-');
    const given = this.#variables.text(ser);
    if (given !== undefined && !/^[\x20-\x2b\x2d-\x7e]+$/.test(given))
      throw this.#variables.unusable(ser, 'give characters of ASCII, and no comma');
    const serial = (given ?? `BHYVE-${own}`).slice(0, SERIAL_CHARACTERS_MAX);
    const isReadOnly = this.#variables.boolean(key('ro')) === true;
    const text = `${path}${isReadOnly ? ',ro' : ''},format=raw,serial=${serial}`;
    if (parseDisk(text).file !== path)
      throw this.#variables.unusable(key('path'), '--disk would take its end for something else; give it another name');
    return text;
  }
  #sectors(key: string): void {
    const text = this.#variables.text(key);
    if (text === undefined) return;
    if (!/^[0-9]+(\/[0-9]+)?$/.test(text))
      throw this.#variables.unusable(key, 'give LOGICAL or LOGICAL/PHYSICAL bytes');
    const setting = this.#variables.setting(key);
    if (setting && !/^512(\/|$)/.test(text)) this.#note(setting, 'sectors have 512 bytes here, ignored');
  }

  /** Of bhyve's `-G`: it waits for the debugger as gdb.wait has it. */
  #debugger(): Partial<BhyveArgs> {
    const { listen } = this.#args;
    const port = this.#variables.integer('gdb.port', 0, PORT_MAX) ?? 0;
    const setting = this.#variables.setting('gdb.port');
    if (setting === undefined || port === 0) return {};
    if (listen === LISTEN_DEFAULT) return { listen: `${this.#variables.text('gdb.address') ?? 'localhost'}:${port}` };
    if (listen === undefined) this.#note(setting, 'a debugger comes in by "hypertape gdb", ignored');
    else this.#overridden('gdb.port', '--listen');
    return {};
  }

  #network(): Partial<BhyveArgs> {
    const device = this.#deviceOf('virtio-net');
    if (device === undefined) return {};
    const { place, slot, func } = device;
    const mtu = this.#variables.setting(`pci.${place}.mtu`);
    if (mtu && this.#variables.integer(mtu.key, 0, TOPOLOGY_MAX) !== 1500)
      this.#note(mtu, 'the device says nothing of it, which is 1500, ignored');
    const name = this.#variables.text('name');
    const made = name === undefined ? undefined : md5(`${slot}-${func}-${name}`).subarray(0, 3);
    const own = made && Buffer.from([0x00, 0xa0, 0x98, ...made]);
    const key = `pci.${place}.mac`;
    // As ether_aton(3) reads it, each byte of one digit or two.
    const given = this.#variables
      .text(key)
      ?.toLowerCase()
      .replace(/(?<=^|:)[0-9a-f](?=:|$)/g, '0$&');
    if (given !== undefined && (!isMac(given) || /^[0:]*$/.test(given)))
      throw this.#variables.unusable(key, 'give six bytes of one device, as 52:54:00:12:34:56');
    if (this.#args.netMac !== undefined) this.#overridden(key, '--net-mac');
    const backend = `pci.${place}.backend`;
    if (this.#args.net !== undefined) this.#overridden(backend, '--net');
    const mac = this.#args.netMac ?? given ?? own?.toString('hex').replace(/(?<=..)(..)(?=(..)*$)/g, ':$1');
    return { net: this.#args.net ?? 'none', ...(mac === undefined ? {} : { netMac: mac }) };
  }

  #console(): Partial<BhyveArgs> {
    const key = this.#variables.setting('console') === undefined ? 'lpc.com1.path' : 'console';
    const setting = this.#variables.setting(key);
    if (setting && this.#variables.text(key) !== 'stdio')
      this.#note(setting, 'no such place here; the console goes where --console says');
    const device = this.#deviceOf('virtio-console');
    if (device === undefined) return {};
    const names = [...device.keys.keys()].filter((rest) => /^port\.\d+\.name$/.test(rest));
    const ports = names
      .sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]))
      .map((rest) => {
        const port = `pci.${device.place}.${rest}`;
        const name = this.#variables.text(port) ?? '';
        const problem = portsProblem({ ports: [name] });
        if (problem !== undefined) throw this.#variables.unusable(port, problem);
        return name;
      });
    const own = this.#args.virtioConsole ?? [];
    const isNamed = (name: string): boolean => own.some((text) => text.split('=')[0] === name);
    return { virtioConsole: [...ports.filter((name) => !isNamed(name)), ...own] };
  }
}
