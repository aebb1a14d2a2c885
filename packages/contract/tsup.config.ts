import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'wire/index': 'src/wire/index.ts' },
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  treeshake: false,
  dts: { entry: { index: 'src/index.ts', 'wire/index': 'src/wire/index.ts' }, compilerOptions: { ignoreDeprecations: '6.0' } },
});
