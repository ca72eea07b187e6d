import { availableParallelism, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { NODE_OPTIONS } from './bin/node-settings.mjs';

/** What a worker comes to at most, in bytes, with the programs that its tests start. */
const WORKER_BYTES = 4 * 2 ** 30;

/** Tests that boot whole systems or install packages: `npm run test:long`. */
export const longTests = ['test/long/**/*.test.ts'];
/** Campaigns of random guests, damage and kills: `npm run test:faults`. */
export const faultsTests = ['test/faults/**/*.test.ts'];

/** What all tests have in common. */
export const common = {
  // Tests run as the program does.
  execArgv: [...NODE_OPTIONS],
  // Vitest leaves one core free, which of two is half of them.
  maxWorkers: Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / WORKER_BYTES))),
  // Command lines that tests start find what Node compiled for an earlier one.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
  // Node reads the sources itself, as it does for users: by Vite's own way each use of an import is a call of a getter.
  experimental: { viteModuleRunner: false },
};

export default defineConfig({
  test: {
    ...common,
    include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...longTests, ...faultsTests],
    testTimeout: 120_000,
    // Modules keep nothing that tests could see of each other, and loading them for each file would be a sixth of the time.
    isolate: false,
  },
});
