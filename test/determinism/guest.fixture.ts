import { LateCompiler } from '../../src/core/engine/late-compiler.fixture.ts';
import type { StopPlace } from '../../src/core/engine/stops.ts';
import type { TranslationStore } from '../../src/core/engine/translation-store.ts';
import type { WatchRange } from '../../src/core/engine/watchpoints.ts';
import type { ObservedPart } from '../../src/core/ir/config.ts';
import { EventLog } from '../../src/hyp/arm-common/event-log.fixture.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Machine } from '../../src/machine/machine.ts';
import { type Bench, benches } from '../hyp/guest.fixture.ts';
import type { GuestImage } from './tables.fixture.ts';

export { benches };

const MiB = 2 ** 20;

/** How a guest is run: nothing of it may show. */
export interface Way {
  readonly name: string;
  /** Executions of a block before it is translated. */
  readonly evaluations?: number;
  readonly instructionsABlock?: number;
  readonly blocksARegion?: number;
  readonly waitingMax?: number;
  /** Modules are there after so many looks for them, instead of at once. */
  readonly late?: number;
  /** Translations are those of all machines that have this. */
  readonly store?: TranslationStore;
  /** Length of the piece of a run that begins at a count. */
  readonly piece?: (icount: number) => number;
  /** Instructions to stop before. */
  readonly stops?: readonly StopPlace[];
  /** What of the guest's memory is watched, and whether each hit stops the run. */
  readonly watched?: readonly WatchRange[];
  readonly stopsAtHits?: boolean;
  /** What is told to an observer. */
  readonly observed?: ObservedPart;
  /** Between two pieces the machine is saved, and goes on as another that is restored: a fresh one, later one that was here before. */
  readonly restored?: boolean;
  /** Done between two pieces. */
  readonly between?: (machine: Machine) => void;
  /** Behaviours that the machine has in an older version. */
  readonly olderBehaviours?: readonly string[];
  /** Counts after which each stop is looked at: for what must hold all the time. */
  readonly check?: (machine: Machine) => void;
}

export interface Result {
  readonly lines: readonly string[];
  readonly hashes: readonly string[];
  readonly registers: readonly number[];
  /** Accesses to what the way watches. */
  readonly hits: readonly string[];
}

export function machineOf(bench: Bench, image: GuestImage, append = '', olderBehaviours: readonly string[] = []) {
  const log = new EventLog();
  const machine = new Machine({
    config: {
      arch: bench.arch,
      ...(bench.cpu ? { cpu: bench.cpu } : {}),
      // Without flash: V8 would take its 128 MiB for a reason to collect garbage at each machine.
      board: 'virt@1',
      memoryBytes: 16 * MiB,
      vcpus: 1,
      gicVersion: bench.gicVersion,
      append,
      loadAddress: image.base,
      entropySeed: 1n,
      rtcEpochSeconds: 0,
      timerPolicy: 'direct',
      olderBehaviours,
    },
    images: new MachineImages([{ role: 'kernel', name: 'code', bytes: image.bytes }]),
    events: log,
    consoleOut: () => {},
  });
  const register = (n: number): number => Number(BigInt.asUintN(32, machine.vm.readRegister(0, bench.register(n))));
  return { machine, log, register };
}

const lineOf = (event: object): string =>
  JSON.stringify(event, (_key, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value));

function make(way: Way, bench: Bench, image: GuestImage, hits: string[]) {
  const made = machineOf(bench, image, '', way.olderBehaviours);
  const { bounds } = made.machine.cpu.engine;
  if (way.evaluations !== undefined) bounds.evaluations = way.evaluations;
  if (way.instructionsABlock !== undefined) bounds.instructionsABlock = way.instructionsABlock;
  if (way.blocksARegion !== undefined) bounds.blocksARegion = way.blocksARegion;
  if (way.waitingMax !== undefined) bounds.waitingMax = way.waitingMax;
  if (way.store) made.machine.cpu.engine.code.shareBy(way.store);
  if (way.late !== undefined) {
    bounds.modulesBeforeAThread = 0;
    const compiler = new LateCompiler(way.late);
    made.machine.cpu.engine.onTheirWay.compilerOf = () => compiler;
  }
  if (way.stops) made.machine.stopBefore(way.stops, () => made.machine.requestStop());
  const { observed = 'nothing' } = way;
  if (observed === 'blocks') made.machine.observeBlocks({ entered: () => {}, exception: () => {} });
  else if (observed !== 'nothing')
    made.machine.observe({ before: () => {}, after: () => {}, exception: () => {}, entered: () => {} }, observed);
  if (way.watched)
    made.machine.watch(way.watched, (hit) => {
      hits.push(lineOf(hit));
      if (way.stopsAtHits) made.machine.requestStop();
    });
  return made;
}

/** So many machines a restored run is made of: a machine's memory is freed late. */
const MACHINES = 4;

/** Runs a guest in a way to each of the counts, and tells all that must not depend on the way. */
export function runIn(way: Way, bench: Bench, image: GuestImage, places: readonly number[]): Result {
  const hits: string[] = [];
  let now = make(way, bench, image, hits);
  const others: (typeof now)[] = [];
  const lines: string[] = [];
  const hashes: string[] = [];
  for (const place of places) {
    while (now.machine.icount < place) {
      const { machine } = now;
      const until = Math.min(place, machine.icount + (way.piece?.(machine.icount) ?? place));
      const stop = machine.run(until);
      way.check?.(machine);
      if (stop.kind === 'ended') throw new Error(`ended: ${stop.reason}`);
      way.between?.(machine);
      if (!way.restored) continue;
      lines.push(...now.log.events.map(lineOf));
      others.push(now);
      now = others.length < MACHINES ? make(way, bench, image, hits) : (others.shift() as typeof now);
      now.machine.restoreAll(machine.saveAll());
      now.log.events.length = 0;
    }
    hashes.push(now.machine.stateHash());
  }
  const registers = Array.from({ length: 13 }, (_, n) => now.register(n));
  return { lines: [...lines, ...now.log.events.map(lineOf)], hashes, registers, hits };
}
