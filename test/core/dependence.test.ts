// What the IR says that a result follows from is enough to compute it: whatever else is changed, the result stays. Instruction vectors.
import { describe, expect, it } from 'vitest';
import { readRegisterByte } from '../../src/core/dependence/state-bytes.ts';
import { sampleOf } from '../isa/sample.fixture.ts';
import {
  changed,
  countsOf,
  Noise,
  Perturbation,
  placesOf,
  registers,
  scramble,
  slice,
  written,
} from './perturbation.fixture.ts';

const DRAWS = 2;
/** Of the vectors of a group one in so many. */
const EVERY = 8;

describe.each(['a64', 'a32', 't32'] as const)('%s', (isa) => {
  const vectors = sampleOf(isa).filter(({ out }, n) => out.outcome === 'ok' && n % EVERY === 0);
  const groups = Map.groupBy(vectors, (v) => v.group);
  const perturbation = new Perturbation(isa);
  const { windowAt } = perturbation.platform;
  const noise = new Noise(0x2545_f491);
  const known = new Set(registers);

  it.each([...groups.keys()])('%s', (group) => {
    const wrong: string[] = [];
    for (const vector of groups.get(group) ?? [])
      for (const step of perturbation.stepsOf(vector)) {
        const after = perturbation.run(step);
        if (after === undefined) continue;
        const outputs = new Set([...changed(step.before, after), ...[...written(step)].filter((r) => known.has(r))]);
        // Registers that go together, and each byte by itself.
        const wholes = [...Map.groupBy(outputs, (register) => Math.floor(register / 8)).values()];
        const some = [...outputs].filter((_, n, all) => n === 0 || n === all.length - 1);
        for (const wanted of [...wholes, ...some.map((register) => [register])]) {
          let isKnown = true;
          const inputs = slice(step, (looked) => {
            for (const register of wanted) isKnown = looked.ofRegister(register) && isKnown;
          });
          const say = (what: string): void => {
            wrong.push(`${vector.id} ${step.opcode.toString(16)} ${wanted.map((r) => r.toString(16))}: ${what}`);
          };
          if (!isKnown) say('not known to be written');
          for (let draw = 0; draw < DRAWS; draw++) {
            const other = perturbation.run(step, (cpu, window) =>
              scramble(cpu, window, noise, countsOf(inputs, windowAt)),
            );
            if (other === undefined) say('does not retire');
            else if (wanted.some((r) => readRegisterByte(other, r) !== readRegisterByte(after, r)))
              say('another value');
          }
        }
        const stores = step.accesses.filter(({ isStore }) => isStore);
        const stored = new Set(
          stores.flatMap((s) => placesOf(s, [...Array(s.pieces.reduce((n, p) => n + p.bytes, 0)).keys()])),
        );
        const changes = [...after.window.keys()].filter((i) => after.window[i] !== step.before.window[i]);
        for (const i of changes)
          if (!stored.has(i + windowAt)) wrong.push(`${vector.id}: [${i}] not known to be stored`);
        for (const store of stores) {
          const count = store.pieces.reduce((n, piece) => n + piece.bytes, 0);
          for (const offsets of [[...Array(count).keys()], [0], [count - 1]]) {
            const inputs = slice(step, (looked) => looked.ofStore(store, offsets));
            const at = placesOf(store, offsets).map((pa) => pa - windowAt);
            const other = perturbation.run(step, (cpu, window) =>
              scramble(cpu, window, noise, countsOf(inputs, windowAt)),
            );
            if (other === undefined || at.some((i) => other.window[i] !== after.window[i]))
              wrong.push(`${vector.id} ${step.opcode.toString(16)}: stored bytes ${offsets}`);
          }
        }
      }
    expect(wrong.slice(0, 20)).toEqual([]);
  });
});
