import { gzipSync } from 'node:zlib';
import { Line, Location, Profile, Function as ProfiledFunction, Sample, StringTable, ValueType } from 'pprof-format';
import type { StackFrame, StackTree } from '../../src/analysis/stack-tree.ts';

/**
 * A profile as `go tool pprof` reads it: google/pprof's profile.proto, gzipped. A location is a frame; the values are the stacks', the
 * last the one that is shown unless another is asked for.
 */
export function pprofBytes(stacks: StackTree, comments: readonly string[] = []): Uint8Array {
  const stringTable = new StringTable();
  const text = (of: string): number => stringTable.dedup(of);
  const functions: ProfiledFunction[] = [];
  const locations: Location[] = [];
  const functionIds = new Map<string, number>();
  const locationIds = new Map<StackFrame, number>();
  const functionOf = ({ name, file = '' }: StackFrame): number => {
    const key = `${name}\0${file}`;
    let id = functionIds.get(key);
    if (id === undefined) {
      id = functions.length + 1;
      functionIds.set(key, id);
      functions.push(new ProfiledFunction({ id, name: text(name), systemName: text(name), filename: text(file) }));
    }
    return id;
  };
  const locationOf = (frame: StackFrame): number => {
    let id = locationIds.get(frame);
    if (id === undefined) {
      id = locations.length + 1;
      locationIds.set(frame, id);
      const line = new Line({ functionId: functionOf(frame), line: frame.line ?? 0 });
      locations.push(new Location({ id, line: [line] }));
    }
    return id;
  };
  const sample = [...stacks.stacks()].map(
    ({ frames, weights }) => new Sample({ locationId: frames.map(locationOf).reverse(), value: [...weights] }),
  );
  const profile = new Profile({
    sampleType: stacks.values.map(({ name, unit }) => new ValueType({ type: text(name), unit: text(unit) })),
    sample,
    location: locations,
    function: functions,
    stringTable,
    comment: comments.map(text),
  });
  return gzipSync(profile.encode());
}
