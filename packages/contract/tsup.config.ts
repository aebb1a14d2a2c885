import { defineConfig } from 'tsup';

const entries = {
  index: 'src/index.ts',
  operations: 'src/operations.ts',
  'wire/index': 'src/wire/index.ts',
  'wire/answers': 'src/wire/answers.ts',
};

export default defineConfig({
  entry: entries,
  format: 'esm',
  target: 'es2023',
  platform: 'neutral',
  sourcemap: true,
  clean: true,
  treeshake: false,
  dts: { entry: entries, compilerOptions: { ignoreDeprecations: '6.0' } },
});
