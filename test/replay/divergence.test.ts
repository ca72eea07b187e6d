// A tape that is not the recording of what the machine does: the first difference is the result, told in the guest's terms.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Divergence } from '../../src/replay/divergence.ts';
import { ReplaySession } from '../../src/replay/replay.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import type { EventName, TapeEvent } from '../../src/trace/events/index.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';
import { type Changes, rewriteTape } from '../support/rewrite.fixture.ts';

let recorded: Buffer;
let events: readonly (TapeEvent & { readonly ordinal: number })[];
const LEVELS = ['exits', 'inputs'] as const;

const replayOf = (path: string): ReplaySession => new ReplaySession(TapeReader.open(path), { consoleOut() {} });

function replayChanged(changes: Changes, level: (typeof LEVELS)[number] = 'exits') {
  const folder = testFolder();
  const [from, to] = [join(folder, 'a.tape'), join(folder, 'b.tape')];
  if (level === 'exits') writeFileSync(from, recorded);
  else recordDemo({ path: from, level });
  rewriteTape(from, to, changes);
  const session = replayOf(to);
  return { session, stop: session.run() };
}

function divergenceOf(changes: Changes, level?: (typeof LEVELS)[number]): Divergence {
  const { stop } = replayChanged(changes, level);
  if (stop.kind !== 'divergence') throw new Error(`the replay stopped with ${stop.kind}`);
  return stop.divergence;
}

const nth = (kind: EventName, n: number) => {
  const found = events.filter((e) => e.kind === kind)[n];
  if (found === undefined) throw new Error(`the demo has ${kind}`);
  return found;
};
const changeAt = (ordinal: number, change: Partial<Record<string, unknown>>): Changes => ({
  event: (e, i) => (i === ordinal ? ({ ...e, ...change } as TapeEvent) : e),
});

beforeAll(() => {
  const path = join(mkdtempSync(join(tmpdir(), 'hypertape-test-')), 'demo.tape');
  recordDemo({ path });
  recorded = readFileSync(path);
  events = [...TapeReader.open(path).events()];
  rmSync(path);
});

it('an unchanged copy replays', () => {
  expect(replayChanged({}).stop).toEqual({ kind: 'end' });
});

describe('one event changed', () => {
  it('names field, both values, event, count and pc', () => {
    const read = nth('mmio-read', 700);
    if (read.kind !== 'mmio-read') throw new Error('kind');
    const d = divergenceOf(changeAt(read.ordinal, { value: read.value ^ 0x8n }));
    expect(d).toMatchObject({ event: read.ordinal, at: read.at, vcpu: 0, what: 'mmio-read.value' });
    expect([BigInt(d.recorded), BigInt(d.replayed)]).toEqual([read.value ^ 0x8n, read.value]);
    expect(BigInt(d.pc)).toBe(read.pc);
    expect(d.context).toMatch(/kvm_mmio read .*\(pl011 UART/);
  });

  it('in its count', () => {
    const exit = nth('vm-exit', 1234);
    const d = divergenceOf(changeAt(exit.ordinal, { at: exit.at - 1 }));
    expect(d).toMatchObject({ what: 'vm-exit.at', recorded: `${exit.at - 1}`, replayed: `${exit.at}` });
  });

  it('in its bytes', () => {
    const out = nth('console-out', 3);
    const d = divergenceOf(changeAt(out.ordinal, { bytes: Buffer.from('something else\n') }));
    expect(d.what).toBe('console-out.bytes');
  });

  it('the first of all', () => {
    expect(divergenceOf(changeAt(0, { cval: 5n })).event).toBe(0);
  });

  it('in the state hash on the way, and in the last', () => {
    const check = nth('state-hash', 0);
    expect(divergenceOf(changeAt(check.ordinal, { hash: Buffer.alloc(16) })).what).toBe('state-hash.hash');
    const end = nth('run-end', 0);
    expect(divergenceOf(changeAt(end.ordinal, { stateHash: '0'.repeat(64) })).what).toBe('run-end.stateHash');
  });

  it('left out, or one too many', () => {
    const ack = nth('irq-ack', 5);
    const next = events[ack.ordinal + 1];
    const missing = divergenceOf({ event: (e, i) => (i === ack.ordinal ? undefined : e) });
    expect(missing).toMatchObject({ event: ack.ordinal });
    if (next?.kind !== 'irq-ack') expect(missing.what).toBe('event');
    expect(missing.replayed).toContain('irq-ack');
  });
});

describe('another end', () => {
  it('where the guest powers off and the tape says that it was stopped', () => {
    const end = nth('run-end', 0);
    const d = divergenceOf(changeAt(end.ordinal, { outcome: 'limit' }));
    expect(d).toMatchObject({ what: 'run-end.outcome', recorded: '"limit"', replayed: '"poweroff"' });
  });

  for (const level of LEVELS) {
    it(`where the tape of level ${level} ends later than the guest`, () => {
      const d = divergenceOf(
        { event: (e) => (e.kind === 'run-end' ? { ...e, at: e.at + 1000, outcome: 'halt' } : e) },
        level,
      );
      expect(d).toMatchObject({ what: 'end of the run', replayed: 'poweroff: the guest powered off' });
      expect(d.recorded).toContain('run-end');
    });

    it(`where the tape of level ${level} ends before the guest`, () => {
      const cut = nth('idle-skip', 4);
      const d = divergenceOf(
        {
          event: (e, i) => {
            if (e.kind === 'run-end') return { ...e, at: cut.at };
            return level === 'inputs' || i < cut.ordinal ? e : undefined;
          },
        },
        level,
      );
      expect(d.recorded).toMatch(/run-end|state-hash/);
    });
  }

  it('the reason is for people: it may be worded anew', () => {
    const end = nth('run-end', 0);
    expect(replayChanged(changeAt(end.ordinal, { reason: 'off' })).stop).toEqual({ kind: 'end' });
  });
});

describe('another machine', () => {
  it('with a changed kernel', () => {
    const d = divergenceOf({
      image: ({ name, data }) => {
        const bytes = Uint8Array.from(data);
        const at = Buffer.from(bytes.buffer).indexOf('machine: ');
        bytes.set(Buffer.from('maChine: '), at);
        return { name, data: bytes };
      },
    });
    expect(d.what).toBe('mmio-write.value');
    expect([Number(d.recorded), Number(d.replayed)]).toEqual([0x63, 0x43]);
    expect(d.context).toContain('pl011 UARTDR');
  });

  it('with a changed kernel at level inputs, by the next hash of memory', () => {
    const d = divergenceOf(
      {
        image: ({ name, data }) => {
          const bytes = Uint8Array.from(data);
          bytes.set(Buffer.from('DEMO-GONE'), Buffer.from(bytes.buffer).indexOf('DEMO-DONE'));
          return { name, data: bytes };
        },
      },
      'inputs',
    );
    expect(d.what).toBe('state-hash.hash');
  });
});
