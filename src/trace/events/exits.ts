import { hex } from '../../base/bits.ts';
import { event } from './event.ts';
import { bhyveExitName, kvmClassName } from './exit-names.ts';
import { bits32, icount, namedBy, u8, u64 } from './field.ts';

/**
 * The guest left for the hypervisor. The cause of all else on the tape, and what a comparison of two runs starts from;
 * `pc` is the preferred return address, `hpfar` the intermediate physical address of an abort (0 where there is none).
 */
export const vmExit = event({
  tag: 0x10,
  name: 'vm-exit',
  since: 1,
  fields: {
    pc: u64,
    bhyveExit: namedBy('u8', bhyveExitName),
    kvmClass: namedBy('u8', kvmClassName),
    esr: bits32,
    far: u64,
    hpfar: u64,
  },
  values: (e) => [e.pc, e.bhyveExit, e.kvmClass, e.esr, e.far, e.hpfar],
  jsonNames: { kvmClass: 'class', bhyveExit: 'bhyve', hpfar: 'ipa' },
  text: (e) => {
    const abort = e.kvmClass >= 0x20 && e.kvmClass <= 0x25;
    const fault = abort ? ` far ${hex(e.far)} ipa ${hex(e.hpfar)}` : '';
    return `${bhyveExitName(e.bhyveExit)} | kvm_exit ${kvmClassName(e.kvmClass)} pc ${hex(e.pc)} esr ${hex(e.esr, 8)}${fault}`;
  },
});

/** The guest waits for an interrupt: where its idle time begins. */
export const wfi = event({
  tag: 0x11,
  name: 'wfi',
  since: 1,
  fields: { pc: u64 },
  text: (e) => `WFI | kvm_wfx_arm64 pc ${hex(e.pc)}`,
});

/** Virtual time jumped from `at` to the next deadline `to` because nothing ran: without it icounts would not add up. */
export const idleSkip = event({ tag: 0x12, name: 'idle-skip', since: 1, fields: { to: icount } });

/** One vCPU's turn ended and the next one's began: the interleaving that several vCPUs' results depend on. */
export const vcpuTurn = event({ tag: 0x13, name: 'vcpu-turn', since: 1, fields: { from: u8, to: u8 } });
