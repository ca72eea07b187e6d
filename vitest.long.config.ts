import { defineConfig } from 'vitest/config';
import { common, longTests } from './vitest.config.ts';

export default defineConfig({
  test: {
    ...common,
    include: longTests,
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    passWithNoTests: false,
  },
});
