import { hex } from '../../src/base/bits.ts';
import { ExitStatus, Failure } from '../../src/base/failure.ts';
import { PAGE_BYTES } from '../../src/base/page.ts';
import type { Subject } from '../../src/explain/cause.ts';
import { causeChain } from '../../src/explain/cause-chain.ts';
import { bytesOfRegister } from '../../src/explain/register-places.ts';
import { openDisassembler } from '../../src/inspect/disassemble.ts';
import { addressOf } from './address.ts';
import { Teller } from './causes.ts';
import { countOf, numberOf } from './numbers.ts';
import { parsePlace } from './places.ts';
import { LineOutput, printJson } from './standard-output.ts';
import { vcpuAt } from './vcpu-option.ts';
import { type Look, Viewer } from './viewer.ts';

/** Options of `why`. */
export interface WhyArgs {
  readonly tape: string;
  readonly what: string;
  readonly at: string;
  readonly vcpu?: string | undefined;
  readonly bytes?: string | undefined;
  readonly depth: string;
  readonly limit: string;
  readonly all: boolean;
  readonly symbols?: string | undefined;
  readonly json: boolean;
}

const BYTES_MAX = PAGE_BYTES;

/** Tells where a value came from. @throws Failure */
export async function why(args: WhyArgs): Promise<ExitStatus> {
  const place = parsePlace('--at', args.at);
  const given = args.bytes === undefined ? undefined : numberOf('--bytes', args.bytes);
  if (given !== undefined && (given < 1 || given > BYTES_MAX))
    throw new Failure(`--bytes ${args.bytes}: give 1 to ${BYTES_MAX}`);
  const depth = countOf('--depth', args.depth);
  const limit = countOf('--limit', args.limit);
  const viewer = new Viewer(args.tape, { symbols: args.symbols });
  const at = viewer.go(place);
  const vcpu = vcpuAt(at.view, args.vcpu);
  const found = at.view.of(vcpu, () => subjectOf(args.what, at, given));
  const subject = 'register' in found ? { ...found, vcpu } : found;
  const causes = causeChain(viewer.timeline, subject, { depth, limit, all: args.all });
  const teller = new Teller(at, await openDisassembler(), args.all);
  const { icount } = viewer.timeline.now;
  if (args.json) printJson({ icount, ...teller.json(causes) });
  else {
    const out = new LineOutput();
    for (const line of teller.lines(causes, icount)) out.line(line);
    out.flush();
  }
  return ExitStatus.ok;
}

function subjectOf(what: string, { view, resolve }: Look, given: number | undefined): Subject {
  if (bytesOfRegister(view, what) !== undefined) return { register: what };
  const isWord = /^[a-z_]\w*$/i.test(what);
  const { kind, at } = resolve(addressOf(isWord ? 'no register of this guest, nor an address:' : 'address', what));
  const bytes = given ?? (view.isAarch32 ? 4 : 8);
  const [first, ...others] = [...view.pieces(kind === 'va' ? 'virtual' : 'physical', at, bytes)];
  if (first?.ipa === undefined)
    throw new Failure(`va:${hex(at)}: no translation there at this moment; "hypertape translate" tells why`);
  if (others.length > 0)
    throw new Failure(`${kind}:${hex(at)}: ${bytes} bytes there go over a page; give fewer --bytes`);
  if (view.physical(first.ipa, bytes).length < bytes) throw new Failure(`pa:${hex(first.ipa)}: no memory of the guest`);
  return { pa: first.ipa, bytes };
}
