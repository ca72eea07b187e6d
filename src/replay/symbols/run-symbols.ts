import { Failure } from '../../base/failure.ts';
import { boardByName } from '../../machine/boards/index.ts';
import { placedKernel } from '../../machine/boot.ts';
import type { MachineConfig } from '../../machine/config.ts';
import type { MachineImages } from '../../machine/images.ts';
import type { Recording } from '../record.ts';
import { GuestSymbols } from './guest-symbols.ts';
import { moduleSymbols } from './preload.ts';
import { symbolsOf, unpackedSymbols } from './sources.ts';
import { kernelAt } from './started-kernel.ts';

/**
 * `symbol+0x10` for where the guest of a run is, from its own kernel; undefined where it has no symbols. For messages only.
 * @param images those that the run's machine was made of
 */
export function symbolOfRun(session: Recording, config: MachineConfig, images: MachineImages): string | undefined {
  const { machine, counter } = session;
  try {
    const kernel =
      (images.get('firmware') && kernelAt(machine, config.arch === 'arm64')) ??
      placedKernel(config, boardByName(config.board), images);
    const found =
      kernel.kind === 'zimage'
        ? unpackedSymbols(kernel, machine.vm.memory)
        : symbolsOf(kernel, counter.exitsByPc.values(), moduleSymbols(config, images));
    return found instanceof GuestSymbols ? found.text(machine.pc) : undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}
