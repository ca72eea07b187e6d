import { must } from '../../base/assert.ts';
import { low32 } from '../../base/bits.ts';
import { Ec } from '../../core/fields/esr.ts';
import { FakeHostCpu } from '../arm-common/fake-cpu.fixture.ts';
import { Gich } from '../arm-common/vgic/gich.ts';
import type { GuestCpu } from './guest-cpu.ts';

const MODE_FIQ = 0x11;
/** The banks of SP and LR by CPSR.M. */
const banks: { readonly [mode: number]: string } = {
  16: 'usr',
  17: 'fiq',
  18: 'irq',
  19: 'svc',
  23: 'abt',
  27: 'und',
  31: 'usr',
};

/** An ARMv7 CPU for tests. */
export class FakeCpu extends FakeHostCpu implements GuestCpu {
  readonly #d = new Array<bigint>(32).fill(0n);
  /** GICH's words by offset. */
  readonly gichWords = new Map<number, number>([[Gich.vtr, 3]]);
  override readonly gich = {
    read: (offset: number): number => this.gichWords.get(offset) ?? 0,
    write: (offset: number, value: number): void => void this.gichWords.set(offset, value),
  };

  constructor() {
    super({
      syndrome: 'HSR',
      elr: 'ELR_hyp',
      spsr: 'SPSR_hyp',
      hpfar: 'HPFAR',
      far: ['HDFAR', 'HIFAR'],
      timerCtl: 'CNTV_CTL',
      timerCval: 'CNTV_CVAL',
      par: 'PAR',
    });
  }

  /** The name under which the register of the guest's mode is banked. */
  #bank(n: number): string {
    const mode = this.guestPstate() & 0x1f;
    if (n < 8 || (n < 13 && mode !== MODE_FIQ)) return n < 8 ? `R${n}` : `R${n}_usr`;
    const bank = must(banks[mode], 'mode');
    return n < 13 ? `R${n}_fiq` : `${n === 13 ? 'SP' : 'LR'}_${bank}`;
  }
  r(n: number): number {
    return n === 15 ? 0 : low32(this.get(this.#bank(n)));
  }
  setR(n: number, value: number): void {
    if (n !== 15) this.set(this.#bank(n), BigInt(value >>> 0));
  }
  d(n: number): bigint {
    return must(this.#d[n], 'D register');
  }
  setD(n: number, value: bigint): void {
    this.#d[n] = value;
  }

  gpr(n: number): bigint {
    return BigInt(this.r(n));
  }
  setGpr(n: number, value: bigint): void {
    this.setR(n, low32(value));
  }
  protected isCall(ec: number): boolean {
    return ec === Ec.hvc32;
  }
}
