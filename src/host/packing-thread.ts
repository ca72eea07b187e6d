// A thread that packs with zstd (packer.ts starts it).
import { workerData } from 'node:worker_threads';
import { PackingSlots, type SharedSlots } from './packing-slots.ts';
import { shortened } from './zstd.ts';

new PackingSlots(workerData as SharedSlots, shortened).serve();
