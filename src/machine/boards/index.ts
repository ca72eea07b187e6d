import { Failure } from '../../base/failure.ts';
import { bhyve } from './bhyve.ts';
import type { Board } from './board.ts';
import { fvpA15, fvpA15Bvm } from './fvp-a15.ts';
import { virt } from './virt.ts';

const boards = [virt, bhyve, fvpA15, fvpA15Bvm] as const satisfies readonly Board[];

export const boardNames: readonly string[] = boards.map((b) => b.name);

export function boardByName(name: string): Board {
  const board = boards.find((b) => b.name === name);
  if (!board) throw new Failure(`--board ${name}: no such board; there are ${boardNames.join(', ')}`);
  return board;
}
