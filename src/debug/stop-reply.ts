import type { DebugStop } from './debuggee.ts';
import { hexOf, littleEndian } from './packet.ts';
import type { Register, TargetDescription } from './target-description.ts';

/** Signals by GDB's numbers. */
const SIGINT = 2;
const SIGTRAP = 5;

/** As packets have it. */
export const bytesOfRegister = (register: Register): Uint8Array => littleEndian(register.read(), register.bits / 8);
/** The number of a vCPU's thread. Thread 0 stands for any: the first is 1. */
export const threadOf = (vcpu: number): string => (vcpu + 1).toString(16);

/** Who has stopped, and what the client has been told to understand. */
export interface Stopped {
  readonly vcpu: number;
  readonly description: TargetDescription;
  /** `swbreak` or `hwbreak`, where the client knows it and has set such a breakpoint at the address. */
  readonly breakAt: (pc: bigint) => string | undefined;
}

/** Why the guest stands still (GDB manual, "Stop Reply Packets"), with the registers that a client reads first. */
export function stopReply(stop: DebugStop, stopped: Stopped): string {
  switch (stop.kind) {
    case 'start':
      return signal(stopped, SIGTRAP, 'replaylog:begin;');
    case 'end':
      return signal(stopped, SIGTRAP, 'replaylog:end;');
    case 'interrupted':
      return signal(stopped, SIGINT);
    case 'exited':
      return 'W00';
    case 'watchpoint': {
      const name = { write: 'watch', read: 'rwatch', access: 'awatch' }[stop.access];
      return signal(stopped, SIGTRAP, `${name}:${stop.at.toString(16)};`);
    }
    case 'breakpoint': {
      const kind = stopped.breakAt(stopped.description.named('pc')?.read() ?? 0n);
      return signal(stopped, SIGTRAP, kind === undefined ? '' : `${kind}:;`);
    }
    default:
      return signal(stopped, SIGTRAP);
  }
}

function signal({ vcpu, description }: Stopped, number: number, why = ''): string {
  const expedited = ['sp', 'pc'].map((name) => {
    const register = description.named(name) as Register;
    return `${description.numberOf(name).toString(16)}:${hexOf(bytesOfRegister(register))};`;
  });
  return `T${number.toString(16).padStart(2, '0')}${why}thread:${threadOf(vcpu)};${expedited.join('')}`;
}
