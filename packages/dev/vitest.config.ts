import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    conditions: ['@h2ovl/source'],
    // n8n-workflow belongs to n8n and is not installed here.
    alias: { 'n8n-workflow': fileURLToPath(new URL('../n8n-node/test/helpers/n8n-workflow.ts', import.meta.url)) },
  },
  ssr: { resolve: { conditions: ['@h2ovl/source'] } },
  test: {
    name: 'dev',
    setupFiles: ['./src/testing/use-source-scripts.ts'],
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } }, // one second by default, which a busy machine is not done in
  },
});
