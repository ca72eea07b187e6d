import { defineConfig } from 'vitest/config';

/** Tests that boot whole systems or install packages: `npm run test:long`. */
export const longTests = ['test/long/**/*.test.ts'];
/** Campaigns of random guests, damage and kills: `npm run test:faults`. */
export const faultsTests = ['test/faults/**/*.test.ts'];

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...longTests, ...faultsTests],
    testTimeout: 120_000,
  },
});
