import { Failure } from '../../src/base/failure.ts';
import { allEvents, bhyveExitNames, kvmClassNames } from '../../src/trace/events/index.ts';
import { similarTo } from './similar.ts';

const kinds: readonly string[] = allEvents.map((decl) => decl.name);
const known = new Set([...kinds, ...Object.values(bhyveExitNames), ...Object.values(kvmClassNames)]);
/** Exits whose code has no name. */
const NAMELESS = /^(EC_0x[0-9a-f]{2}|EXIT_[0-9]+)$/;

/** Names of events, or of exits in bhyve's or KVM's dialect, comma-separated. @throws Failure where one is none */
export function classesOf(option: string, text: string): ReadonlySet<string> {
  const wanted = text.split(',').map((name) => name.trim());
  const strange = wanted.find((name) => !known.has(name) && !NAMELESS.test(name));
  if (strange === undefined) return new Set(wanted);
  const similar = similarTo(strange, [...known]);
  throw new Failure(
    `${option} ${strange}: no such class; ${
      similar === undefined
        ? `there are ${kinds.join(', ')}, and exits such as HYP or DABT_LOW`
        : `did you mean ${similar}?`
    }`,
  );
}
