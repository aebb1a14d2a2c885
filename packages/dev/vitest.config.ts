import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@h2ovl/source'] },
  ssr: { resolve: { conditions: ['@h2ovl/source'] } },
  test: {
    name: 'dev',
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
