import { defineConfig } from 'vitest/config';
import { longTests, testEnv } from './vitest.config.ts';

// One after another: each of them loads the machine, and their times are looked at.
export default defineConfig({
  test: {
    include: longTests,
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
    passWithNoTests: false,
    env: testEnv,
  },
});
