/** Sets of events for the tests of this room: what a few vCPUs do that trap, wait and take turns. */

import { must } from '../base/assert.ts';
import { Prng } from '../base/prng.ts';
import { decodeEventFrame, EventFrameBuilder } from '../trace/codec/event-frame.ts';
import { eventByName, type TapeEvent } from '../trace/events/index.ts';
import type { EventSet } from './event-set.ts';

/** The events as a tape gives them, in frames of so many. */
export function setOf(events: readonly TapeEvent[], perFrame = 1000): EventSet {
  const payloads: Uint8Array[] = [];
  const builder = new EventFrameBuilder();
  for (const [number, event] of events.entries()) {
    builder.push(must(eventByName(event.kind), 'declaration'), event as never);
    if (builder.count === perFrame || number === events.length - 1)
      payloads.push(builder.take(number + 1 - builder.count));
  }
  return {
    *eventFrames({ from = 0, to = Number.POSITIVE_INFINITY } = {}) {
      for (const payload of payloads) {
        const frame = decodeEventFrame(payload);
        if (frame.end >= from && frame.start <= to) yield frame;
      }
    },
  };
}

/**
 * Traps of a few vCPUs in turn, with what was done about them, waits with idle skips, and interrupts. What each vCPU retired is
 * kept beside.
 */
export function trapsOf(
  seed: bigint,
  count: number,
  vcpus: number,
): { readonly events: TapeEvent[]; readonly retired: readonly number[] } {
  const prng = new Prng(seed);
  const below = (bound: number): number => Number(prng.next64() % BigInt(bound));
  const events: TapeEvent[] = [];
  const retired = new Array<number>(vcpus).fill(0);
  let at = 0;
  let vcpu = 0;
  const run = (instructions: number): void => {
    at += instructions;
    retired[vcpu] = (retired[vcpu] ?? 0) + instructions;
  };
  const exit = (kvmClass: number, bhyveExit: number, ipa = 0n): bigint => {
    const pc = 0xffff_8000_0000_0000n + BigInt(4 * below(40));
    events.push({ kind: 'vm-exit', at, vcpu, pc, bhyveExit, kvmClass, esr: 0, far: ipa, hpfar: ipa });
    return pc;
  };
  const kinds: readonly (() => void)[] = [
    () => {
      const ipa = 0x900_0000n + BigInt(4 * below(8));
      const pc = exit(0x24, 1, ipa);
      const kind = below(2) === 0 ? 'mmio-read' : 'mmio-write';
      events.push({ kind, at, vcpu, pc, ipa, size: 4, value: prng.next64() & 0xffn, rt: 1 });
    },
    () => {
      const pc = exit(0x18, 2);
      const kind = below(2) === 0 ? 'sysreg-read' : 'sysreg-write';
      events.push({ kind, at, vcpu, pc, encoding: 0xc000 + below(3), rt: 1, value: 5n });
    },
    () => {
      const ipa = 0x4000_0000n + 4096n * BigInt(below(1000));
      exit(0x24, 7, ipa);
      events.push({ kind: 'stage2-map', at, vcpu, ipa, bytes: 4096, esr: 0 });
    },
    () => {
      const pc = exit(0x01, 6);
      run(1);
      events.push({ kind: 'wfi', at, vcpu, pc });
      if (below(2) === 0) {
        const to = at + 1 + below(100_000);
        events.push({ kind: 'idle-skip', at, vcpu, to });
        at = to;
      }
    },
    () => {
      exit(0x40, 0);
      if (below(2) === 0) events.push({ kind: 'maintenance-irq', at, vcpu, misr: 1 });
      for (let n = below(3); n > 0; n--)
        events.push({ kind: 'irq-inject', at, vcpu, intid: 27 + below(3), lr: 0, priority: 160, state: 1 });
    },
    () => {
      const to = below(vcpus);
      if (to === vcpu) return;
      events.push({ kind: 'vcpu-turn', at, vcpu, from: vcpu, to });
      vcpu = to;
    },
  ];
  while (events.length < count) {
    run(below(4) === 0 ? below(100_000) : below(50));
    kinds[below(kinds.length)]?.();
  }
  return { events, retired };
}
