// net/: what is at the other end of the guest's network, while its run is live.

import type { Machine } from '../../../src/machine/machine.ts';

/** What of a machine frames go to. */
export type NetMachine = Pick<Machine, 'door' | 'icount'>;

/** The other end of the guest's network. It is asked between two runs of the machine; nothing of it is needed for a replay. */
export interface NetPeer {
  /** Something may come at any moment of the host's: the guest's clock is not to race ahead of it. */
  readonly isLive: boolean;
  /** Something waits to be given. */
  readonly hasSome: boolean;
  /** The count at which something is to be given; infinite where only the host knows, or the guest takes nothing now. */
  nextAt(machine: NetMachine): number;
  /** Gives the machine what it takes now. */
  give(machine: NetMachine): void;
  /** A frame of the guest's. */
  send(frame: Uint8Array): void;
  /** Resolves when something has come, or after so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
  close(): void;
}
