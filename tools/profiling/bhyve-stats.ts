import { exitsOf } from '../../src/analysis/exits.ts';
import { type ExitStat, exitStats } from '../../src/hyp/arm-common/stats.ts';
import type { Trap } from '../../src/hyp/arm-common/trap.ts';
import { traps as arm64Traps } from '../../src/hyp/arm64/traps.ts';
import { traps as armv7Traps } from '../../src/hyp/armv7/traps.ts';
import { cpuOf } from '../../src/machine/config.ts';
import { machineOfTape } from '../../src/replay/version.ts';
import { KvmClass } from '../../src/trace/events/index.ts';
import type { ProfiledTape } from './profiled-tape.ts';

const INTERRUPTS: { readonly [kvmClass: number]: ExitStat } = {
  [KvmClass.IRQ]: 'irq',
  [KvmClass.FIQ]: 'fiq',
  [KvmClass.EL1_SERROR]: 'unhandled',
};
const ISS_BITS = 25;
const NAME_WIDTH = 40;

/** By vCPU, how often each of bhyve's counters of exits would have counted. */
export function bhyveStats(tape: ProfiledTape): ReadonlyMap<number, ReadonlyMap<ExitStat, number>> {
  const { model } = cpuOf(machineOfTape(tape.reader.header, tape.path));
  const rows = model.aarch32Only ? armv7Traps : arm64Traps;
  const statOf = (kvmClass: number, esr: number): ExitStat => {
    const interrupt = INTERRUPTS[kvmClass];
    if (interrupt !== undefined) return interrupt;
    const trap = { esr, iss: esr & ((1 << ISS_BITS) - 1) } as Trap;
    return rows[kvmClass]?.stat(trap) ?? 'unhandledSync';
  };
  const counts = new Map<number, Map<ExitStat, number>>();
  for (const { vcpu, kvmClass, esr } of exitsOf(tape.reader, tape.filter)) {
    let of = counts.get(vcpu);
    if (of === undefined) counts.set(vcpu, (of = new Map()));
    for (const stat of ['count', statOf(kvmClass, esr)] as const) of.set(stat, (of.get(stat) ?? 0) + 1);
  }
  return counts;
}

/** Lines as `bhyvectl --get-stats` prints them for each vCPU (FreeBSD's usr.sbin/bhyvectl/bhyvectl.c). */
export function bhyveStatLines(stats: ReturnType<typeof bhyveStats>): string[] {
  const vcpus = [...stats].sort(([a], [b]) => a - b);
  return vcpus.flatMap(([vcpu, counts]) => [
    `vcpu${vcpu} stats:`,
    ...Object.entries(exitStats).map(
      ([stat, text]) => `${text.padEnd(NAME_WIDTH)}\t${counts.get(stat as ExitStat) ?? 0}`,
    ),
  ]);
}
