import { Execution } from '../core/dependence/execution.ts';
import { InstructionLifter } from '../core/dependence/lifted.ts';
import { cellOfWrites } from '../core/dependence/state-bytes.ts';
import { Writes } from '../core/dependence/writes.ts';
import type { ObservedInstruction } from '../core/engine/observation.ts';
import type { GuestView } from '../inspect/guest-view.ts';
import type { WatchedRegister } from '../timeline/who-wrote.ts';
import { writtenByException } from './exception-sources.ts';
import { storedBytes, valueOfRegisters } from './register-places.ts';
import { writersOf } from './search.ts';

const PAGE_MASK = 0xfffn;

/**
 * A system register, or one of FP and SIMD, to be looked at where it may be written; undefined where its value is none that is kept. A
 * write of the value that is there is one too.
 */
export function storedRegister(view: GuestView, name: string): WatchedRegister | undefined {
  const bytes = storedBytes(view, name);
  if (bytes === undefined) return undefined;
  const { cpu, architecture } = view.machine.cpu;
  const lifter = new InstructionLifter(architecture);
  const isWritten = ({ opcode, pc }: ObservedInstruction): boolean => {
    if (cpu.configStale) return false;
    const offset = Number(pc & PAGE_MASK);
    const lifted = lifter.of({ opcode, offset, config: architecture.refresh() });
    if (!bytes.some((byte) => lifted.targets.cells.has(cellOfWrites(cpu, byte)))) return false;
    const certain = new Writes(new Execution(lifted, cpu, pc, offset)).certain();
    return bytes.some((byte) => certain.has(byte));
  };
  return {
    writers: writersOf(bytes, view.isAarch32),
    read: () => valueOfRegisters(bytes, cpu),
    isWritten,
    isWrittenBy: ({ exception }) => {
      const written = writtenByException(exception, cpu);
      return bytes.some((byte) => written.has(byte));
    },
  };
}
