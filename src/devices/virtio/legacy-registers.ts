import type { RegisterFile } from '../bus/register-file.ts';
import { commonRegisters } from './common-registers.ts';
import type { RegisterSide } from './register-side.ts';
import { REGISTER } from './registers.ts';

const ALL = 0xffff_ffff;

/** Registers of the legacy transport (virtio 1.2, 4.2.4, "Legacy interface"): a queue is one area, told by the number of its first page. */
export const legacyRegisters = {
  ...commonRegisters,
  GuestPageSize: {
    at: REGISTER.GuestPageSize,
    mask: ALL,
    write: (t, v) => {
      t.state.guestPageSize = v;
    },
  },
  QueueAlign: {
    at: REGISTER.QueueAlign,
    mask: ALL,
    write: (t, v) =>
      t.changeQueue((q) => {
        q.align = v;
      }),
  },
  QueuePFN: {
    at: REGISTER.QueuePFN,
    mask: ALL,
    read: (t) => t.selected?.pfn ?? 0,
    write: (t, v) => t.setQueuePfn(v),
  },
} satisfies RegisterFile<RegisterSide>;
