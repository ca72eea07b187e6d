import { defineConfig } from 'vitest/config';
import { longTests, maxWorkers, nativeModules, testEnv } from './vitest.config.ts';

export default defineConfig({
  test: {
    include: longTests,
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    maxWorkers,
    passWithNoTests: false,
    env: testEnv,
    experimental: nativeModules,
  },
});
