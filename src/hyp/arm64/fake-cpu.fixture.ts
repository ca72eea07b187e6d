import { must } from '../../base/assert.ts';
import { fromHalves, high32, low32 } from '../../base/bits.ts';
import { Ec } from '../../core/fields/esr.ts';
import { FakeHostCpu } from '../arm-common/fake-cpu.fixture.ts';
import type { GuestCpu } from './guest-cpu.ts';

/** An AArch64 CPU for tests. */
export class FakeCpu extends FakeHostCpu implements GuestCpu {
  readonly #x = new Array<bigint>(31).fill(0n);
  readonly #v = new Array<bigint>(64).fill(0n);

  constructor() {
    super({
      syndrome: 'ESR_EL2',
      elr: 'ELR_EL2',
      spsr: 'SPSR_EL2',
      hpfar: 'HPFAR_EL2',
      far: ['FAR_EL2'],
      timerCtl: 'CNTV_CTL_EL0',
      timerCval: 'CNTV_CVAL_EL0',
      par: 'PAR_EL1',
    });
    // Four list registers, as a Cortex-A57.
    this.registers.set('ICH_VTR_EL2', 3n);
  }

  x(n: number): bigint {
    return n === 31 ? 0n : must(this.#x[n], 'X register');
  }
  setX(n: number, value: bigint): void {
    if (n !== 31) this.#x[n] = value;
  }
  xLow(n: number): number {
    return low32(this.x(n));
  }
  xHigh(n: number): number {
    return high32(this.x(n));
  }
  setXHalves(n: number, low: number, high: number): void {
    this.setX(n, fromHalves(low, high));
  }
  v(n: number, half: 0 | 1): bigint {
    return must(this.#v[2 * n + half], 'V register');
  }
  setV(n: number, half: 0 | 1, value: bigint): void {
    this.#v[2 * n + half] = value;
  }
  invalidateIpa(): void {}

  gpr(n: number): bigint {
    return this.x(n);
  }
  setGpr(n: number, value: bigint): void {
    this.setX(n, value);
  }
  protected isCall(ec: number): boolean {
    return ec === Ec.hvc64 || ec === Ec.hvc32;
  }
}
