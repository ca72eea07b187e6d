import { setFlagsFromString } from 'node:v8';

/** Of what is alive, in percent: V8 would let several times as much garbage gather before it looks, where nobody asks it to be thrifty. */
const GROWTH = 100;

/** For who reduces a tape of any size: what is held is little, and garbage is to be no more than that. */
export const keepHeapSmall = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
