import { Prng } from '../../src/base/prng.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { ReplaySymbols } from '../../src/replay/symbols/replay-symbols.ts';
import { symbolsOfTape } from '../../src/replay/symbols/tape-symbols.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { TravelJob, TravelReport } from './job.ts';

const SEED = 1n;

/** Goes about a tape, and takes the time of it; says where its kernel has some things in the end. */
export function travelled({ tape, seeks, steps, names }: TravelJob): TravelReport {
  const reader = TapeReader.open(tape);
  const timeline = new Timeline(reader);
  const random = new Prng(SEED);
  const place = (): number => Number(random.next64() % BigInt(timeline.last));
  const took = (act: () => void): number => {
    const begin = performance.now();
    act();
    return performance.now() - begin;
  };
  const seekMs = Array.from({ length: seeks }, () => {
    const to = place();
    return took(() => timeline.seek(to));
  });
  const stepMs = Array.from({ length: steps }, () => {
    timeline.seek(place());
    return took(() => timeline.step('backwards'));
  });
  timeline.seek(timeline.last);
  const symbols = new ReplaySymbols(reader, () => symbolsOfTape(reader));
  const view = new GuestView(timeline.machine);
  const places = names.map((name) => symbols.named(name, view, name)[0]?.virtual.at(-1));
  const { checkpoints, checkpointBytes } = reader;
  reader.close();
  return {
    seekMs,
    stepMs,
    places: places.map((at) => (at === undefined ? null : `0x${at.toString(16)}`)),
    checkpoints: checkpoints.length,
    checkpointBytes,
    last: timeline.last,
  };
}
