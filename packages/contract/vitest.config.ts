import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@h2ovl/source'] },
  ssr: { resolve: { conditions: ['@h2ovl/source'] } },
  test: {
    name: 'contract',
    include: ['test/**/*.test.ts'],
    passWithNoTests: true,
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } }, // one second by default, which a busy machine is not done in
  },
});
