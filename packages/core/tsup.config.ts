import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'convert/index': 'src/convert/index.ts',
    'runtime/ort-worker': 'src/runtime/worker/ort-worker.ts',
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  treeshake: false,
  splitting: true,
  dts: { entry: { index: 'src/index.ts', 'convert/index': 'src/convert/index.ts' }, compilerOptions: { ignoreDeprecations: '6.0' } },
});
