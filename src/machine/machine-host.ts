import { must } from '../base/assert.ts';
import { alignUp } from '../base/bits.ts';
import { PAGE_BYTES } from '../base/page.ts';
import { stage2TableBytes } from '../hyp/arm-common/stage2.ts';
import type { EventSink } from '../trace/events/index.ts';
import { type Board, bytesOfFlash, intidsOf } from './boards/board.ts';
import { systemCounter } from './clock.ts';
import { cpuOf, type MachineConfig } from './config.ts';
import { type Host, makeHost } from './host.ts';
import { HOST_GICV } from './host-map.ts';
import { hasBehaviour } from './semantics.ts';

/** Host memory below the guest's RAM: stage 2 tables (Arm ARM DDI 0487, D8.2), aligned so that guest blocks stay blocks. */
const TABLES_AT = 0x20_0000;
const BLOCK_BYTES = 0x20_0000;
const HOST_INTIDS = { virtualTimer: 27, maintenance: 25, pmu: 23 } as const;

/** The host of a machine, and where in its memory the guest's RAM starts. */
export function makeMachineHost(config: MachineConfig, board: Board, events: EventSink): { host: Host; ramAt: number } {
  const { arch, memoryBytes, vcpus, gicVersion, timerPolicy } = config;
  const gicc = gicVersion === 2 ? must(board.gic.cpuInterface, `CPU interface of ${board.name}`) : null;
  const flashBytes = bytesOfFlash(board);
  const tableBytes = alignUp(stage2TableBytes(memoryBytes + flashBytes, gicc ? 1 : 0), BLOCK_BYTES);
  const ramAt = TABLES_AT + tableBytes;
  const host = makeHost(cpuOf(config), {
    guestAarch32: arch === 'armv7',
    memoryBytes: ramAt + memoryBytes + flashBytes,
    pes: vcpus,
    counter: systemCounter(board.timerHz),
    gicVersion,
    config: ({ cpu }) => ({
      vcpus,
      events,
      intids: intidsOf(board),
      timerPolicy,
      timerIntids: { virtual: board.timerIntids.virtual, physical: board.timerIntids.physical },
      hostIntids: HOST_INTIDS,
      ...(cpuOf(config).model.pmu && board.pmuIntid !== undefined ? { pmuIntid: board.pmuIntid } : {}),
      ...(gicc ? { cpuInterface: { ipa: gicc.base, pa: HOST_GICV, bytes: cpu.system.gicv.size } } : {}),
      tables: { base: TABLES_AT, bytes: tableBytes },
      stage2PageBytes: PAGE_BYTES,
    }),
  });
  if (hasBehaviour(config, 'schedule@2')) host.cpu.shareEvents();
  if (!hasBehaviour(config, 'tlb@1')) host.cpu.keepSharedWalks();
  if (hasBehaviour(config, 'tlb@3')) host.cpu.keepGlobalWalks();
  return { host, ramAt };
}
