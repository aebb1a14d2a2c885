import { defineConfig } from 'tsup';

const entries = ['src/index.ts', 'src/ai-sdk/index.ts'];

export default defineConfig({
  entry: entries,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  treeshake: false,
  splitting: true,
  dts: { entry: entries, compilerOptions: { ignoreDeprecations: '6.0' } },
});
