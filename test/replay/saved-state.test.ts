// Every state object that a machine has round-trips, in the states that a guest brings it into.
import { expect, it } from 'vitest';
import { normalizeState, restoreCpuState, saveCpuState } from '../../src/core/snapshot.ts';
import type { MachineConfig } from '../../src/machine/config.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { discardEvents } from '../../src/trace/events/index.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { demoConfig } from '../support/demo.fixture.ts';

const kinds: readonly Pick<MachineConfig, 'arch' | 'cpu' | 'gicVersion'>[] = [
  { arch: 'arm64', gicVersion: 3 },
  { arch: 'armv7', gicVersion: 2 },
  { arch: 'armv7', cpu: 'cortex-a57', gicVersion: 2 },
];
const machineOf = (kind: (typeof kinds)[number]): Machine => {
  const images = MachineImages.read({ kernel: guestFiles(`demo-${kind.arch}`).kernel });
  return new Machine({ config: { ...demoConfig, ...kind }, images, events: discardEvents, consoleOut() {} });
};

const text = (state: unknown): string =>
  JSON.stringify(state, (_, v: unknown) => {
    if (typeof v === 'bigint') return `${v}n`;
    return v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v;
  });

function save({ cpu, vm }: Machine) {
  normalizeState(cpu.cpu);
  return { cpu: saveCpuState(cpu.cpu), vm: vm.save(), bus: vm.bus.save() };
}

it.each(kinds)("a machine's CPU, hypervisor and devices: %o", (kind) => {
  const from = machineOf(kind);
  const to = machineOf(kind);
  const seen = new Set<string>();
  for (let n = 0; ; n++) {
    const stop = from.run(from.icount + 199_997);
    const saved = save(from);
    to.vm.restore(saved.vm);
    to.vm.bus.restore(saved.bus);
    restoreCpuState(to.cpu.cpu, saved.cpu);
    if (text(save(to)) !== text(saved)) expect(save(to), `after ${from.icount}`).toEqual(saved);
    seen.add(text(saved));
    // From here on the demo is at its prompt, where only time passes.
    if (stop.kind === 'ended' || from.icount > 28_000_000) break;
    if (n % 20 === 0) from.input(Buffer.from('typed ahead'));
  }
  expect(seen.size).toBeGreaterThan(20);
});
