import { registerCell } from '../../exception/modes.ts';
import { Mode } from '../../fields/psr.ts';
import * as cells from '../../state/cells.ts';
import { sys } from '../../state/system-cells.ts';
import { readFpscr, writeFpscr } from '../fp-registers.ts';
import { featureOf, modelOf } from '../models/index.ts';
import type { StoredRegister } from '../register-file.ts';

const cell = (name: string, at: number): StoredRegister => ({
  name,
  storage: { kind: 'cell', cell: at, width: 32, mask: 0xffff_ffffn },
});

/** A banked register, wherever it is while the CPU is in another mode. */
const banked = (name: string, mode: Mode, n: number): StoredRegister => ({
  name,
  storage: {
    kind: 'functions',
    read: (cpu) => cpu.get32(registerCell(cpu, mode, n)),
    write: (cpu, value) => cpu.set32(registerCell(cpu, mode, n), value),
  },
});

const mediaFeature = (name: 'MVFR0' | 'MVFR1' | 'MVFR2'): StoredRegister => ({
  name,
  storage: { kind: 'functions', read: (cpu) => Number(featureOf(cpu, name)) },
});

const stackAndLink = (name: keyof typeof Mode): StoredRegister[] => [
  banked(`SP_${name}`, Mode[name], 13),
  banked(`LR_${name}`, Mode[name], 14),
];
const upper = (name: 'usr' | 'fiq'): StoredRegister[] =>
  [8, 9, 10, 11, 12].map((n) => banked(`R${n}_${name}`, Mode[name], n));

/** Registers that MRS and MSR, VMRS and VMSR reach: for who knows them by name. Arm ARM DDI 0406C, B9.2.3. */
export const specialRegisters: readonly StoredRegister[] = [
  ...upper('usr'),
  ...upper('fiq'),
  ...(['usr', 'fiq', 'irq', 'svc', 'abt', 'und'] as const).flatMap(stackAndLink),
  banked('SP_hyp', Mode.hyp, 13),
  cell('ELR_hyp', sys.ELR_EL2),
  cell('SPSR_hyp', sys.SPSR_EL2),
  cell('SPSR_svc', sys.SPSR_EL1),
  cell('SPSR_abt', sys.SPSR_abt),
  cell('SPSR_und', sys.SPSR_und),
  cell('SPSR_irq', sys.SPSR_irq),
  cell('SPSR_fiq', sys.SPSR_fiq),
  { name: 'FPSID', storage: { kind: 'functions', read: (cpu) => modelOf(cpu).fpsid } },
  mediaFeature('MVFR0'),
  mediaFeature('MVFR1'),
  mediaFeature('MVFR2'),
  { name: 'FPEXC', storage: { kind: 'cell', cell: cells.FPEXC, width: 32, mask: 0x4000_0000n } },
  {
    name: 'FPSCR',
    storage: { kind: 'functions', read: readFpscr, write: writeFpscr },
  },
];
