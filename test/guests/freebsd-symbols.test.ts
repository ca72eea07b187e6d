// Names of functions of FreeBSD's kernels and modules: by the kernel's ELF, and by what a loader left in memory.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guestArchs } from '../../src/machine/arch.ts';
import { boardByName } from '../../src/machine/boards/index.ts';
import { affinitiesOf, bootPlan, placedKernel } from '../../src/machine/boot.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { wholeConfig } from '../../src/machine/whole-config.ts';
import { RunSession } from '../../src/replay/record.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { GuestSymbols } from '../../src/replay/symbols/guest-symbols.ts';
import { kernelPlaces } from '../../src/replay/symbols/kernel-places.ts';
import { moduleSymbols, symbolsInMemory } from '../../src/replay/symbols/preload.ts';
import { ReplaySymbols, symbolsByReplay } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolOfRun } from '../../src/replay/symbols/run-symbols.ts';
import { buildIdsOf } from '../../src/replay/symbols/same-kernel.ts';
import { symbolsOf } from '../../src/replay/symbols/sources.ts';
import { buildIdNote } from '../../src/replay/symbols/symbols.fixture.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { ConsoleText, recordDemo, testFolder } from '../support/demo.fixture.ts';
import { copyingFirmware, indexedArm, sharedObject, withSymbols } from './freebsd.fixture.ts';

describe.each(guestArchs)('%s', (arch) => {
  const { kernel } = guestFiles(`demo-freebsd-${arch}`);
  const freebsd = { environment: [], flags: '', modules: [{ file: 'probe.ko', type: 'elf module' }] };
  const images = (): MachineImages =>
    new MachineImages([
      ...MachineImages.read({ kernel }).files,
      { role: 'module0', name: 'probe.ko', bytes: withSymbols(sharedObject(arch), { probe: 0x10, attach: 0x18 }) },
    ]);
  const config = wholeConfig(images(), { freebsd, memoryBytes: 32 * 2 ** 20 });
  const plan = () => bootPlan(config, boardByName('virt'), images(), affinitiesOf(1));
  /** Where the module begins. */
  const moduleAt = (): { readonly ipa: bigint; readonly virtual: bigint } => {
    const segments = plan().segments.filter(({ what }) => what === 'module');
    const ipa = BigInt(segments[0]?.ipa ?? 0n);
    return { ipa, virtual: ipa - 0x4000_0000n + (arch === 'arm64' ? 0xffff_0000_0000_0000n : 0xc000_0000n) };
  };

  test('functions of modules that a kernel begins with have names, as its own do', () => {
    const path = join(testFolder(), 'modules.tape');
    recordDemo({ path, config, images: images() });
    const symbols = symbolsOfTape(TapeReader.open(path));
    if (!(symbols instanceof GuestSymbols)) throw new Error(symbols.missing);
    const { ipa, virtual } = moduleAt();
    for (const at of [ipa, virtual])
      expect([0x10n, 0x1cn, 0x20n].map((offset) => symbols.text(at + offset))).toEqual([
        'probe',
        'attach+0x4',
        undefined,
      ]);
    expect(symbols.addresses('probe')).toEqual([virtual + 0x10n, ipa + 0x10n]);
    expect(symbols.physical('console_put').length).toBe(1);
    const session = new RunSession({ config, images: images(), consoleOut: new ConsoleText().out });
    session.run(3000);
    expect(symbolOfRun(session, config, images())).toMatch(/^[a-z_]+(\+0x[0-9a-f]+)?$/);
  });

  test('a kernel that firmware has loaded has the names that lie beside it in memory', () => {
    const { segments, entry, x0 } = plan();
    const base = 0x4000_0000;
    const end = Math.max(...segments.map(({ ipa, bytes }) => Number(ipa) + bytes.length));
    const ram = new Uint8Array(end - base);
    for (const { ipa, bytes } of segments) ram.set(bytes, Number(ipa) - base);
    const firmware = copyingFirmware(arch, ram, { to: base, entry: Number(entry), argument: BigInt(x0) });
    const folder = testFolder();
    writeFileSync(join(folder, 'firmware'), firmware);
    const booted = MachineImages.read({ firmware: join(folder, 'firmware') });
    const path = join(folder, 'firmware.tape');
    const how = wholeConfig(booted, { arch, memoryBytes: 32 * 2 ** 20 });
    const { console } = recordDemo({ path, config: how, images: booted });
    expect(console.replaceAll('\r', '')).toMatch(/\/boot\/kernel\/probe.ko\n[\s\S]*wrong: 0\nDEMO-DONE\n$/);

    const reader = TapeReader.open(path);
    const found = symbolsOfTape(reader);
    expect(found).not.toBeInstanceOf(GuestSymbols);
    const symbols = symbolsByReplay(reader, found);
    if (!(symbols instanceof GuestSymbols)) throw new Error(symbols.missing);
    const { ipa, virtual } = moduleAt();
    for (const at of [ipa, virtual]) expect(symbols.text(at + 0x12n)).toBe('probe+0x2');
    const putAt = symbols.physical('console_put')[0];
    const session = new ReplaySession(reader, { consoleOut: new ConsoleText().out });
    const names = new ReplaySymbols(reader, () => symbolsOfTape(reader));
    expect(names.known(session.machine)).toBe(undefined);
    session.stopBefore([{ pa: putAt ?? 0, el: 1 }]);
    session.run(Number.POSITIVE_INFINITY);
    expect(names.text(session.machine.pc, session.machine)).toBe('console_put');
  });

  test('its build ID and where it was loaded are known of its file', () => {
    const id = '11'.repeat(20);
    const [{ name, bytes } = { name: '', bytes: new Uint8Array(0) }] = images().files;
    const file = new MachineImages([{ role: 'kernel', name, bytes: Buffer.concat([bytes, buildIdNote(id)]) }]);
    const placed = placedKernel({ ...config, freebsd: { ...freebsd, modules: [] } }, boardByName('virt'), file);
    expect(buildIdsOf(placed, undefined)).toEqual([id]);
    const { physicalOf, textBase } = kernelPlaces(placed, [], () => undefined);
    const start = moduleAt().virtual - moduleAt().ipa + 0x4000_0000n;
    expect([textBase, physicalOf(start + 0x10n), physicalOf(0x10n)]).toEqual([undefined, [0x4000_0010], []]);
  });

  test('a damaged list of records is none, and never loops', () => {
    const { segments } = plan();
    const metadata = segments.find(({ what }) => what === 'metadata');
    if (metadata === undefined) throw new Error('there is no metadata');
    const session = new RunSession({ config, images: images(), consoleOut: new ConsoleText().out });
    const { memory } = session.machine.vm;
    expect(symbolsInMemory(memory, arch === 'arm64' ? 8 : 4)?.functions.length).toBeGreaterThan(5);
    const view = memory.view(metadata.ipa, metadata.bytes.length) as Uint8Array;
    for (let at = 0; at < Math.min(view.length, 600); at++) {
      const kept = view[at] as number;
      for (const value of [0xff, 0, kept ^ 0x80]) {
        view[at] = value;
        symbolsInMemory(memory, arch === 'arm64' ? 8 : 4);
      }
      view[at] = kept;
    }
  });
});

test('stacks of a kernel for ARM go by the index that is a section of its ELF', () => {
  const images = new MachineImages([{ role: 'kernel', name: 'kernel', bytes: indexedArm('kernel') }]);
  const config = wholeConfig(images, { memoryBytes: 32 * 2 ** 20 });
  const placed = placedKernel(config, boardByName('virt'), images);
  expect([config.arch, placed.kind]).toEqual(['armv7', 'freebsd']);
  const symbols = symbolsOf(placed, []);
  if (!(symbols instanceof GuestSymbols)) throw new Error(symbols.missing);
  expect(symbols.text(0xc000_0144n)).toBe('two+0x4');
  const found = symbols.unwind?.functionAt(0xc000_0110);
  expect([found?.from, Buffer.from(found?.instructions ?? []).toString('hex')]).toEqual([0xc000_0100, 'a8b0b0']);
  expect(symbols.unwind?.functionAt(0xc000_0144)).toBe(undefined);
});

test('and those of its modules by theirs', () => {
  const { kernel } = guestFiles('demo-freebsd-armv7');
  const images = new MachineImages([
    ...MachineImages.read({ kernel }).files,
    { role: 'module0', name: 'two.ko', bytes: indexedArm('module') },
  ]);
  const freebsd = { environment: [], flags: '', modules: [{ file: 'two.ko', type: 'elf module' }] };
  const config = wholeConfig(images, { freebsd, memoryBytes: 32 * 2 ** 20 });
  const modules = moduleSymbols(config, images);
  const found = symbolsOf(placedKernel(config, boardByName('virt'), images), [], modules);
  if (!(found instanceof GuestSymbols)) throw new Error(found.missing);
  const [two = 0n] = found.addresses('two');
  expect(two % 0x1000n).toBe(0x140n);
  const one = Number(two) - 0x40;
  expect(found.unwind?.functionAt(one + 0x10)?.from).toBe(one);
  expect(found.unwind?.functionAt(Number(two) + 4)).toBe(undefined);
  const session = new RunSession({ config, images, consoleOut: new ConsoleText().out });
  expect(symbolsInMemory(session.machine.vm.memory, 4)?.unwind.functionAt(one + 0x10)?.from).toBe(one);
});
