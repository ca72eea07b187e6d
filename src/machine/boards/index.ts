// boards/: what stands where on each board, and the devices that it has.

import { Failure } from '../../base/failure.ts';
import { findVersioned, newestOf } from '../versioned.ts';
import { bhyve, bhyve1, bhyve2 } from './bhyve.ts';
import type { Board } from './board.ts';
import { fvpA15, fvpA15Bvm, fvpA15BvmV1, fvpA15BvmV2, fvpA15v1, fvpA15v2 } from './fvp-a15.ts';
import { fvpBase } from './fvp-base.ts';
import { virt, virt1 } from './virt.ts';

const boards = [
  virt1,
  virt,
  bhyve1,
  bhyve2,
  bhyve,
  fvpA15v1,
  fvpA15v2,
  fvpA15,
  fvpA15BvmV1,
  fvpA15BvmV2,
  fvpA15Bvm,
  fvpBase,
] as const satisfies readonly Board[];

/** Every board in each of its versions. */
export const boardVersions: readonly Board[] = boards;

/** What `--board` takes, each in its newest version. */
export const boardNames: readonly string[] = newestOf<Board>(boards).map((b) => b.name);

/** Likewise, where a name of none is no fault. */
export const findBoard = (name: string): Board | undefined => findVersioned<Board>(boards, name);

/** By `name@version`, or by the name alone for the newest. @throws Failure */
export function boardByName(name: string): Board {
  const board = findBoard(name);
  if (!board) throw new Failure(`--board ${name}: no such board; there are ${boardNames.join(', ')}`);
  return board;
}
