// Every state object that a machine has round-trips, in the states that a guest brings it into.
import { expect, it } from 'vitest';
import { normalizeState, restoreCpuState, saveCpuState } from '../../src/core/snapshot.ts';
import { Machine } from '../../src/machine/machine.ts';
import { discardEvents } from '../../src/trace/events/index.ts';
import { demoConfig, demoImages } from '../support/demo.ts';

const machineOf = (): Machine =>
  new Machine({ config: demoConfig, images: demoImages(), events: discardEvents, consoleOut() {} });

const text = (state: unknown): string =>
  JSON.stringify(state, (_, v: unknown) => {
    if (typeof v === 'bigint') return `${v}n`;
    return v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v;
  });

function save({ cpu, vm }: Machine) {
  normalizeState(cpu.cpu);
  return { cpu: saveCpuState(cpu.cpu), vm: vm.save(), bus: vm.bus.save() };
}

it("a machine's CPU, hypervisor and devices", () => {
  const from = machineOf();
  const to = machineOf();
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
