import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/convert/index.ts', 'src/cli/main.ts', 'src/runtime/ort-worker.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  treeshake: false,
  splitting: true,
  dts: { entry: ['src/index.ts', 'src/convert/index.ts'], compilerOptions: { ignoreDeprecations: '6.0' } },
});
