import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'convert/index': 'src/convert/index.ts',
    'runtime/ort-worker': 'src/runtime/worker/ort-worker.ts',
    'runtime/probe-process': 'src/runtime/devices/probe-process.ts',
    'lines/page-worker': 'src/lines/page-worker/page-worker.ts',
    'json/schema-worker': 'src/json/schema-thread/schema-worker.ts',
    'documents/decoder-process': 'src/documents/decoder/decoder-process.ts',
  },
  define: { builtVersion: JSON.stringify(version) },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  treeshake: false,
  splitting: true,
  dts: { entry: { index: 'src/index.ts', 'convert/index': 'src/convert/index.ts' }, compilerOptions: { ignoreDeprecations: '6.0' } },
});
