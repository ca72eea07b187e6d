import { defineConfig } from 'vitest/config';
import { common, faultsTests } from './vitest.config.ts';

// Campaigns of random guests, damage and kills: `npm run test:faults`. FAULTS_SCALE and FAULTS_SEED (test/support/faults.fixture.ts) say how much.
export default defineConfig({
  test: {
    ...common,
    include: faultsTests,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    passWithNoTests: false,
  },
});
