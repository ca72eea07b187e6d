import { describe, expect, it } from 'vitest';
import { Ec } from '../../core/exception/types.ts';
import type { FakeCpu } from './fake-cpu.ts';
import { MiB, setUp, TRANSLATION, UART } from './fixture.ts';

describe('accesses without a syndrome', () => {
  const execute = (word: number, prepare: (cpu: FakeCpu) => void, at = UART) => {
    const t = setUp();
    new DataView(t.cpu.host.bytes.buffer).setUint32(2 * MiB, word, true);
    prepare(t.cpu);
    t.run(() => t.cpu.trap(Ec.dabtLow, TRANSLATION, { ipa: at, far: BigInt(at) }));
    return t;
  };

  it('stores a pair', () => {
    // STP W1, W2, [X0, #8]
    const { uart, cpu } = execute(0x2901_0801, (c) => {
      c.setX(0, BigInt(UART - 8));
      c.setX(1, 0xaaaa_1111n);
      c.setX(2, 0x2222n);
    });
    expect(uart.writes).toEqual([
      [0, 4, 0xaaaa_1111n],
      [4, 4, 0x2222n],
    ]);
    expect(cpu.get('ELR_EL2')).toBe(0x4000_0004n);
  });

  it('loads with write-back', () => {
    // LDR W1, [X0], #4
    const { cpu } = execute(0xb840_4401, (c) => {
      c.setX(0, BigInt(UART));
      c.setX(1, ~0n);
    });
    expect([cpu.x(1), cpu.x(0)]).toEqual([0n, BigInt(UART + 4)]);
  });

  it('loads and stores SIMD registers', () => {
    // STR Q1, [SP]
    const q = execute(0x3d80_03e1, (c) => {
      c.set('SP_EL1', BigInt(UART));
      c.setV(1, 0, 1n);
      c.setV(1, 1, 2n);
    });
    expect(q.uart.writes).toEqual([
      [0, 8, 1n],
      [8, 8, 2n],
    ]);
    // LDR S2, [X0]
    const s = execute(0xbd40_0002, (c) => {
      c.setX(0, BigInt(UART));
      c.setV(2, 1, 5n);
    });
    expect(s.cpu.v(2, 1)).toBe(0n);
    // ST1 {V1.2D, V2.2D}, [X0], #32
    const st1 = execute(0x4c9f_ac01, (c) => c.setX(0, BigInt(UART)));
    expect(st1.uart.writes.map(([at]) => at)).toEqual([0, 8, 16, 24]);
    expect(st1.cpu.x(0)).toBe(BigInt(UART + 32));
  });

  it('zeroes a block', () => {
    // DC ZVA, X3
    const { uart } = execute(0xd50b_7423, (c) => c.setX(3, BigInt(UART + 0x10)), UART + 0x10);
    expect(uart.writes.length).toBe(8);
    expect(uart.writes[0]).toEqual([0, 8, 0n]);
  });

  it('refuses what a device cannot take', () => {
    // LDXR W1, [X0]
    const { cpu } = execute(0x885f_7c01, (c) => c.setX(0, BigInt(UART)));
    expect(cpu.get('ESR_EL1') & 0x3fn).toBe(0x10n);
  });
});
