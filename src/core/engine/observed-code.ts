import type { FrontEnd, InstructionReader } from '../decode/front-end.ts';
import type { ObservedPart, TranslationConfig } from '../ir/config.ts';
import type { Cpu } from '../system/cpu.ts';
import { BlockObservation, type BlockObserver, ObservedBlocks } from './block-observation.ts';
import { type CodeObservation, type InstructionObserver, Observation } from './observation.ts';
import type { Architecture } from './ports.ts';
import { type LiftedBlock, liftBlock, type TranslationBounds } from './translate.ts';

/** Who observes what is executed, and the code that tells of it. */
export class ObservedCode {
  readonly blocks = new ObservedBlocks();
  readonly #cpu: Cpu;
  readonly #arch: Architecture;
  #observation: CodeObservation | null = null;

  constructor(cpu: Cpu, arch: Architecture) {
    this.#cpu = cpu;
    this.#arch = arch;
  }

  /** Who is told now. */
  get observation(): CodeObservation | null {
    return this.#observation;
  }
  instructions(observer: InstructionObserver, paOf: (hostPa: number) => number): void {
    this.#tell(new Observation(observer, this.#cpu, this.#arch, paOf), 'instructions');
  }
  ofBlocks(observer: BlockObserver): void {
    this.#tell(new BlockObservation(observer, this.#cpu), 'blocks');
  }
  nobody(): void {
    this.#tell(null, 'nothing');
  }
  #tell(observation: CodeObservation | null, part: ObservedPart): void {
    this.#observation = observation;
    this.#arch.observed = (argument) => observation?.called(argument);
    const { system } = this.#cpu;
    system.configs.observed = part;
    system.configChanged();
  }

  /** A block, as whoever observes wants it. */
  lift(
    frontEnd: FrontEnd,
    config: TranslationConfig,
    bounds: TranslationBounds,
    page: InstructionReader,
    number: number,
    offset: number,
    endsBefore: ((offset: number) => boolean) | undefined,
  ): LiftedBlock {
    if (config.observed !== 'blocks') return liftBlock(frontEnd, config, bounds, page, offset, endsBefore);
    const block = liftBlock(frontEnd, config, bounds, page, offset, endsBefore, this.blocks.next);
    this.blocks.add(number, block, config);
    return block;
  }
  /** All code was dropped. */
  dropped(): void {
    this.blocks.clear();
    this.#observation?.renumbered?.();
  }
}
