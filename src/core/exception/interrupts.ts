import { Ec } from '../fields/esr.ts';
import { Hcr } from '../fields/hcr.ts';
import { Mode } from '../fields/psr.ts';
import * as cells from '../state/cells.ts';
import type { Exception } from '../state/exception.ts';
import type { PeState } from '../state/pe-state.ts';
import { sys } from '../state/system-cells.ts';

/** Interrupt inputs, in the places of their masks in DAIF. */
export const Line = { fiq: 1 << 6, irq: 1 << 7, serror: 1 << 8 } as const;
const LINES = Line.fiq | Line.irq | Line.serror;
/** In INTERRUPT_PENDING: something for a higher level is pending, which PSTATE here cannot mask. */
export const UNMASKABLE = 1;

/** The lines that HCR_EL2.{FMO,IMO,AMO} (bits 3 to 5) or TGE route to EL2. Hyp mode takes whatever reaches it there. */
function routedToEl2(cpu: PeState, hcr: number): number {
  if (hcr & Hcr.tge || cpu.get32(cells.AARCH32_MODE) === Mode.hyp) return LINES;
  return (hcr << 3) & LINES;
}

/** Virtual interrupts: HCR_EL2.{VF,VI,VSE}, which lie where the lines do, and the GIC's. Only routed kinds have them. */
function virtualLines(cpu: PeState, hcr: number): number {
  if (hcr & Hcr.tge) return 0;
  return (hcr | cpu.get32(sys.VIRTUAL_LINES)) & LINES & routedToEl2(cpu, hcr);
}

/**
 * Recomputes the cell INTERRUPT_PENDING: after a change of an input, of HCR_EL2, or of the level to or from EL2.
 * An interrupt can be taken when INTERRUPT_PENDING & ~DAIF is not 0. Arm ARM DDI 0487, "Asynchronous exception
 * masking" and "routing".
 */
export function updateInterruptPending(cpu: PeState): void {
  const hcr = cpu.get32(sys.HCR_EL2);
  const physical = cpu.get32(sys.PHYSICAL_LINES);
  const routed = routedToEl2(cpu, hcr);
  let pending: number;
  if (cpu.get32(cells.CURRENT_EL) === 2) pending = physical & routed;
  else pending = (physical & ~routed) | virtualLines(cpu, hcr) | (physical & routed ? UNMASKABLE : 0);
  cpu.set32(cells.INTERRUPT_PENDING, pending);
}

/** Raises or lowers a physical interrupt input of the CPU. */
export function setPhysicalLine(cpu: PeState, line: number, level: boolean): void {
  const lines = cpu.get32(sys.PHYSICAL_LINES);
  const next = level ? lines | line : lines & ~line;
  if (next === lines) return;
  cpu.set32(sys.PHYSICAL_LINES, next);
  updateInterruptPending(cpu);
}

/** ISR_EL1: what is pending at this level, whatever PSTATE masks. */
export function interruptStatus(cpu: PeState): number {
  const hcr = cpu.get32(sys.HCR_EL2);
  const physical = cpu.get32(sys.PHYSICAL_LINES);
  if (cpu.get32(cells.CURRENT_EL) === 2) return physical;
  return (physical & ~routedToEl2(cpu, hcr)) | virtualLines(cpu, hcr);
}

const make = (kind: Exception['kind'], target: 1 | 2): Exception => ({
  kind,
  target,
  ec: kind === 'serror' ? Ec.serror : Ec.unknown,
  iss: 0,
  returnOffset: 0,
});
const order = [
  [Line.fiq, make('fiq', 1), make('fiq', 2)],
  [Line.irq, make('irq', 1), make('irq', 2)],
  [Line.serror, make('serror', 1), make('serror', 2)],
] as const;

/** The interrupt to take now, physical ones before virtual ones, each FIQ, IRQ, SError (the order is IMPLEMENTATION DEFINED). */
export function pendingInterrupt(cpu: PeState): Exception | null {
  if ((cpu.get32(cells.INTERRUPT_PENDING) & ~cpu.get32(cells.DAIF)) === 0) return null;
  const hcr = cpu.get32(sys.HCR_EL2);
  const routed = routedToEl2(cpu, hcr);
  const unmasked = ~cpu.get32(cells.DAIF);
  const physical = cpu.get32(sys.PHYSICAL_LINES);
  const toEl2 = physical & routed & (cpu.get32(cells.CURRENT_EL) === 2 ? unmasked : -1);
  for (const [line, , exception] of order) if (toEl2 & line) return exception;
  if (cpu.get32(cells.CURRENT_EL) === 2) return null;
  for (const [line, exception] of order) if (physical & ~routed & unmasked & line) return exception;
  const virtual = virtualLines(cpu, hcr) & unmasked;
  for (const [line, exception] of order) {
    if ((virtual & line) === 0) continue;
    if (line === Line.serror) {
      // Taking a virtual SError clears HCR_EL2.VSE.
      cpu.set32(sys.HCR_EL2, hcr & ~Hcr.vse);
      updateInterruptPending(cpu);
    }
    return exception;
  }
  return null;
}
