import { describe, expect, it } from 'vitest';
import { Ec } from '../../core/fields/esr.ts';
import { MiB, TRANSLATION, UART } from '../arm-common/hypervisor.fixture.ts';
import type { FakeCpu } from './fake-cpu.fixture.ts';
import { setUp } from './hypervisor.fixture.ts';

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

  it('loads and stores elements of structures', () => {
    const at = (c: FakeCpu): void => {
      c.setX(0, BigInt(UART));
      for (let n = 0; n < 4; n++) for (const half of [0, 1] as const) c.setV(n, half, 0x8877_6655_4433_2211n);
    };
    // ST2 {V1.4H, V2.4H}, [X0]
    const st2 = execute(0x0c00_8401, at);
    expect(st2.uart.writes.map(([offset, size]) => [offset, size])).toEqual(
      [0, 2, 4, 6, 8, 10, 12, 14].map((o) => [o, 2]),
    );
    expect(st2.uart.writes.map(([, , value]) => value)).toEqual(
      [0x2211n, 0x4433n, 0x6655n, 0x8877n].flatMap((value) => [value, value]),
    );
    // LD1 {V1.B}[9], [X0], #1: the other lanes stay.
    const ld1 = execute(0x4ddf_0401, at);
    expect([ld1.cpu.v(1, 0), ld1.cpu.v(1, 1), ld1.cpu.x(0)]).toEqual([
      0x8877_6655_4433_2211n,
      0x8877_6655_4433_0011n,
      BigInt(UART + 1),
    ]);
    // LD3R {V1.2S, V2.2S, V3.2S}, [X0]: the upper half becomes zero.
    const ld3r = execute(0x0d40_e801, at);
    expect([1, 2, 3].map((n) => ld3r.cpu.v(n, 1))).toEqual([0n, 0n, 0n]);
  });

  it('tells of the fault of a later part by its own address', () => {
    const { cpu, uart } = execute(0x2901_0801, (c) => {
      // STP W1, W2, [X0, #8] over the end of a page, behind which nothing is mapped.
      c.setX(0, BigInt(UART + 0xffc - 8));
      const { addressTranslate } = c;
      c.addressTranslate = (operation, va) => {
        addressTranslate.call(c, operation, va);
        if (BigInt(va) === BigInt(UART + 0x1000)) c.set('PAR_EL1', 1n | (7n << 1n));
      };
    });
    expect([cpu.get('ESR_EL1') & 0x3fn, cpu.get('FAR_EL1')]).toEqual([7n, BigInt(UART + 0x1000)]);
    expect(uart.writes).toEqual([]);
  });

  it('refuses what a device cannot take', () => {
    // LDXR W1, [X0]
    const { cpu } = execute(0x885f_7c01, (c) => c.setX(0, BigInt(UART)));
    expect(cpu.get('ESR_EL1') & 0x3fn).toBe(0x10n);
  });
});

describe('programs in AArch32 state', () => {
  const USR = 0x10n;
  const THUMB = 1n << 5n;
  const execute = (halfwords: readonly number[], cpsr: bigint, prepare: (cpu: FakeCpu) => void) => {
    const t = setUp();
    const view = new DataView(t.cpu.host.bytes.buffer);
    halfwords.forEach((half, i) => {
      view.setUint16(2 * MiB + 2 * i, half, true);
    });
    t.cpu.set('SPSR_EL2', cpsr);
    prepare(t.cpu);
    t.run(() => t.cpu.trap(Ec.dabtLow, TRANSLATION, { ipa: UART, far: BigInt(UART) }));
    return t;
  };

  it('access devices by A32', () => {
    // STRH R1, [R0], #2
    const { uart, cpu } = execute([0x10b2, 0xe0c0], USR, (c) => {
      c.setX(0, BigInt(UART));
      c.setX(1, 0x1_2345n);
    });
    expect(uart.writes).toEqual([[0, 2, 0x2345n]]);
    expect([cpu.x(0), cpu.get('ELR_EL2')]).toEqual([BigInt(UART + 2), 0x4000_0004n]);
  });

  it('and by T32, in an IT block', () => {
    // LDRD R1, R2, [R0]
    const it = 0b10n << 25n;
    const { cpu } = execute([0xe9d0, 0x1200], USR | THUMB | it | (1n << 30n), (c) => {
      c.setX(0, BigInt(UART));
      c.setX(1, ~0n);
    });
    expect([cpu.x(1), cpu.x(2)]).toEqual([0n, 0n]);
    expect(cpu.get('ELR_EL2')).toBe(0x4000_0004n);
    expect(cpu.get('SPSR_EL2')).toBe(USR | THUMB | (1n << 10n) | (1n << 30n));
  });

  it('load a half of a vector register, and leave the other', () => {
    // VLDR S3, [R0]
    const { cpu } = execute([0x1a00, 0xedd0], USR, (c) => {
      c.setX(0, BigInt(UART));
      c.setV(0, 1, 0x1111_1111_2222_2222n);
    });
    expect(cpu.v(0, 1)).toBe(0x2222_2222n);
  });

  it('read the physical counter by MRRC, and UNDEFINED is taken at EL1', () => {
    const { cpu, run, log } = setUp();
    cpu.set('SPSR_EL2', USR);
    cpu.setX(3, ~0n);
    // MRRC p15, 0, R2, R3, c14
    const always = (1 << 24) | (14 << 20);
    run(() => cpu.trap(Ec.cp15_64, always | (3 << 10) | (2 << 5) | (14 << 1) | 1));
    expect([cpu.x(2), cpu.x(3)]).toEqual([0n, 0n]);
    expect(log.of('sysreg-read').length).toBe(1);
    run(() => cpu.trap(Ec.cp15_32, always | (11 << 10) | 1));
    expect([cpu.get('ELR_EL2'), cpu.get('SPSR_EL2')]).toEqual([0x600n, 0x3c5n]);
  });
});
