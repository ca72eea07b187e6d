import type { Exit } from '../../src/analysis/exits.ts';
import { Failure } from '../../src/base/failure.ts';
import { bhyveExitName, bhyveExitNames, kvmClassName, kvmClassNames } from '../../src/trace/events/index.ts';
import { timeOf } from '../session/numbers.ts';
import { readText } from '../session/read-text.ts';
import { similarTo } from '../session/similar.ts';

const BYTES_MAX = 64 * 1024;
/** What every exit costs that no other line names. */
const ALL = '*';
const known: ReadonlySet<string> = new Set([...Object.values(kvmClassNames), ...Object.values(bhyveExitNames)]);
const isName = (name: string): boolean =>
  name === ALL || name.split('/').every((part) => known.has(part) || /^(EC_0x[0-9a-f]{2}|EXIT_[0-9]+)$/.test(part));

/** What handling an exit costs, in nanoseconds. */
export type CostOf = (exit: Exit) => number;

/**
 * Reads what exits cost on a host that was measured: a line a class, `DABT_LOW 6.24us`; comments behind `#`. A class is KVM's name,
 * bhyve's, or both as `DABT_LOW/PAGING`, which goes before the one, and that before the other; `*` is every other.
 * @throws Failure
 */
export function readCosts(option: string, path: string): CostOf {
  const costs = new Map<string, number>();
  for (const [number, line] of readText(option, path, BYTES_MAX).split(/\r?\n/).entries()) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words.length === 1 && words[0] === '') continue;
    const where = `${option} ${path}: line ${number + 1}:`;
    const [name, time, ...rest] = words;
    if (name === undefined || time === undefined || rest.length > 0)
      throw new Failure(`${where} give a class of exits and a time, such as "DABT_LOW 6.24us"`);
    if (!isName(name)) {
      const similar = similarTo(name, [...known]);
      throw new Failure(
        `${where} ${name} is no class of exits${similar === undefined ? '' : `; did you mean ${similar}?`}`,
      );
    }
    if (costs.has(name)) throw new Failure(`${where} ${name} stands in it twice`);
    costs.set(name, nanoseconds(where, time));
  }
  if (costs.size === 0) throw new Failure(`${option} ${path}: it has no costs; give lines such as "DABT_LOW 6.24us"`);
  return ({ kvmClass, bhyveExit }) => {
    const [kvm, bhyve] = [kvmClassName(kvmClass), bhyveExitName(bhyveExit)];
    return costs.get(`${kvm}/${bhyve}`) ?? costs.get(kvm) ?? costs.get(bhyve) ?? costs.get(ALL) ?? 0;
  };
}

/** A bare number is nanoseconds. */
const nanoseconds = (where: string, text: string): number => timeOf(where, /^[0-9]+$/.test(text) ? `${text}ns` : text);
