// progress/: whether a guest makes progress: proofs that it goes in a circle, words of panics, and how that is told.

import { ipa } from '../../base/brands.ts';
import type { PlainMap } from '../../base/plain.ts';
import type { Stateful } from '../../base/stateful.ts';
import { Cpsr } from '../../core/fields/psr.ts';
import type { MmioDevice } from '../../devices/bus/mmio-bus.ts';
import type { ArmHypervisor } from '../../hyp/arm-common/hypervisor.ts';
import type { HypExit } from '../../hyp/arm-common/trap.ts';
import type { Vm } from '../../hyp/vmm/vm.ts';
import type { Board, Range } from '../boards/board.ts';
import type { ConsolePort } from '../console.ts';
import type { EmulatedCpu } from '../emulated-cpu.ts';
import { isHypervisor } from '../loaders/xen.ts';
import { stateDigest } from '../state-digest.ts';
import { type Ended, placeText } from '../stops.ts';
import { usesEl2 } from './el2.ts';
import { type Finding, ProgressWatch, type WatchedMachine } from './watch.ts';

/** What is to be known of a machine to judge its guest's progress. */
export interface ProgressParts {
  readonly vm: Vm<HypExit>;
  readonly cpu: EmulatedCpu;
  readonly hypervisor: ArmHypervisor;
  readonly board: Board;
  readonly consoleDevice: MmioDevice & ConsolePort;
  /** The INTIDs of devices by which something from outside could get into memory now. */
  readonly receiving: () => readonly number[];
  /** Where the kernel's image was put. */
  readonly kernel: readonly Range[];
  /** What holds state beside the CPU and memory, and does not change with time alone. */
  readonly parts: readonly Stateful[];
  readonly memoryRoot: () => Uint8Array;
}

/** The CPU's state but for its instruction count, in whichever of its parts that stands. */
const withoutTime = (cpu: EmulatedCpu): Stateful[] =>
  cpu.parts.map((part) => {
    const save = (): PlainMap => {
      const saved = part.save();
      return 'icount' in saved ? { ...saved, icount: 0 } : saved;
    };
    const { name, version, hashed = true } = part;
    return { name, version, hashed, save, restore: (saved) => part.restore(saved) };
  });

/** Whether the guest of a machine makes progress, and in what words it does not. */
export class GuestProgress {
  readonly watch: ProgressWatch;
  readonly #parts: ProgressParts;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.watch = new ProgressWatch(this.#watched());
  }

  /** Between two instructions, at the watch's `nextAt` or when it is `due`: the guest's end, where it has come to one. */
  look(): Ended | undefined {
    const finding = this.watch.look();
    return finding && this.#endOf(finding);
  }
  #endOf(finding: Finding): Ended {
    if (finding.kind === 'panic') return { ...this.#panic(finding.told), goesOn: true };
    const { kind, period } = finding;
    if (kind === 'polling') {
      const reason = `the guest polls for ${this.#awaited}, ${this.#place}`;
      return { kind: 'ended', outcome: 'halt', reason, waiting: 'polling', goesOn: true };
    }
    const circle = period === 1 ? 'the same instruction' : `the same ${period} instructions`;
    return this.#stuck(`${circle} again and again, which nothing can end`);
  }

  /** Exception upon exception, without an instruction. */
  livelock(): Ended {
    return this.#stuck('livelock: exception upon exception without an instruction');
  }

  /** No vCPU runs, and nothing inside the machine can wake one. */
  idle(): Ended {
    if (this.#parts.vm.vcpus.every(({ power }) => power === 'off'))
      return { kind: 'ended', outcome: 'halt', reason: 'the guest has turned its processor off' };
    if (!this.#inputInterrupts()) return this.#stuck('the guest waits (WFI) for an interrupt that cannot come');
    return { kind: 'ended', outcome: 'halt', reason: `the guest waits for ${this.#awaited}`, waiting: 'idle' };
  }

  get #awaited(): string {
    return this.#parts.receiving().length > 0 ? 'what comes from outside' : 'console input';
  }
  get #place(): string {
    const { cpu } = this.#parts;
    return placeText({ icount: cpu.icount, pc: cpu.guestPc() });
  }
  #panic(told: string): Ended {
    return { kind: 'ended', outcome: 'panic', reason: `the guest panicked: "${told}", ${this.#place}` };
  }
  /** The guest cannot go on; its last words may say why. */
  #stuck(what: string): Ended {
    const { panic, halted } = this.watch.lastWords;
    if (panic !== undefined) return this.#panic(panic);
    if (halted) return { kind: 'ended', outcome: 'halt', reason: `the guest has halted, ${this.#place}` };
    return { kind: 'ended', outcome: 'stuck', reason: `${what}${this.#hint()}, ${this.#place}` };
  }
  /** Why a guest that is stuck may be so. */
  #hint(): string {
    const { vm, cpu, kernel } = this.#parts;
    const at = cpu.architecture.undefinedAt;
    // Who uses EL2 does so first of all, with the MMU off.
    const bytes = at === null ? undefined : vm.memory.view(Number(at), 4);
    const word = bytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (word !== undefined && usesEl2(word, cpu.cpu.isAarch32 ? 'armv7' : 'arm64'))
      return '; the guest uses EL2, which guests do not have here';
    const images = kernel.map(({ base, size }) => vm.memory.view(base, size) as Uint8Array);
    return images.some(isHypervisor)
      ? '; the kernel is a Xen hypervisor: it needs EL2, which guests do not have here'
      : '';
  }

  #inputInterrupts(): boolean {
    const { board, consoleDevice, hypervisor, receiving } = this.#parts;
    if (receiving().some((intid) => hypervisor.listensTo(0, intid))) return true;
    return board.console === 'pl011' && consoleDevice.interruptsOnInput() && hypervisor.listensTo(0, board.pl011.intid);
  }
  #deviceAt(at: bigint): 'console' | 'clock' | undefined {
    const device = this.#parts.vm.bus.find(ipa(at))?.device;
    if (device === this.#parts.consoleDevice) return 'console';
    return device?.tellsTime ? 'clock' : undefined;
  }

  #watched(): WatchedMachine {
    const { vm, cpu, parts, memoryRoot } = this.#parts;
    const timeless = [...withoutTime(cpu), ...parts];
    const none = new Uint8Array(0);
    // SPSR_ELx.{I, F} are where CPSR has them.
    const masks = Cpsr.i | Cpsr.f;
    return {
      get icount() {
        return cpu.icount;
      },
      get pc() {
        return cpu.guestPc();
      },
      get el() {
        return cpu.guestEl();
      },
      get el0Exceptions() {
        return cpu.architecture.el0Exceptions;
      },
      generalRegisters: () => cpu.generalRegisters(),
      stateDigest: () => stateDigest(timeless, none),
      memoryDigest: () => memoryRoot(),
      interruptsMasked: () => (cpu.guestPstate() & masks) === masks,
      looks: () => cpu.looks,
      idles: () => vm.idles(),
      others: () => vm.others,
      deadline: () => Math.min(vm.nextDeadline(), cpu.cpu.system.timers.nextDeadline()),
      inputInterrupts: () => this.#inputInterrupts(),
      mayReceive: () => this.#parts.receiving().length > 0,
      deviceAt: (at) => this.#deviceAt(at),
      restoreCounts: (looks, el0Exceptions) => {
        cpu.looks = looks;
        cpu.architecture.el0Exceptions = el0Exceptions;
      },
    };
  }
}
