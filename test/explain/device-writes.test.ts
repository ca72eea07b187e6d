// Memory that a device writes, as causes are told: here a device of the test's own, which writes at one of the tape's events.
import { expect, it } from 'vitest';
import { causeChain } from '../../src/explain/cause-chain.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';

const PA = 0x4070_0000;
const BYTES = Uint8Array.of(0xd1, 0x5c, 0xda, 0x7a);

it.each(['demo-arm64', 'demo-armv7'])(
  '%s: who has written it, near and far back, and what of it nobody has',
  (name) => {
    const reader = TapeReader.open(`traces/golden/v3/${name}.tape`);
    const [event] = reader.events({ classes: new Set(['mmio-write']), ordinal: 500 });
    const { ordinal, at } = event as NonNullable<typeof event>;
    const t = new Timeline(reader);
    t.session.onEvent = (checked) => {
      if (checked - 1 === ordinal) t.machine.vm.memory.write(PA, BYTES, 'dma');
    };
    for (const distance of [1, 2, 400, 20_000]) {
      t.seek(at + distance);
      const { root, chain, origin } = causeChain(t, { pa: PA, bytes: 4 });
      expect(root.value).toBe(0x7ada_5cd1n);
      expect(chain).toMatchObject([{ step: { by: 'hypervisor', icount: at } }]);
      expect(origin).toEqual({ kind: 'event', what: 'a device wrote it' });
    }
    const { root } = causeChain(t, { pa: PA + 2, bytes: 4 });
    expect(root.parts).toMatchObject([
      { place: { pa: PA + 2, bytes: 2 }, by: { by: 'hypervisor', icount: at } },
      { place: { pa: PA + 4, bytes: 2 }, origin: { kind: 'constant' } },
    ]);
  },
);
