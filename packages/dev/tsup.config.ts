import { defineConfig } from 'tsup';

/** The tools are bundled from the source of all packages, internals included: what they measure is what stands there. */
export default defineConfig({
  entry: {
    main: 'src/main.ts',
    'documents/decoder-process': '../core/src/documents/decoder/decoder-process.ts',
    'runtime/ort-worker': '../core/src/runtime/worker/ort-worker.ts',
    'runtime/probe-process': '../core/src/runtime/devices/probe-process.ts',
    'json/schema-worker': '../core/src/json/schema-thread/schema-worker.ts',
    'lines/page-worker': '../core/src/lines/page-worker/page-worker.ts',
  },
  format: 'esm',
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  treeshake: false,
  splitting: true,
  noExternal: [/^@h2ovl\//, /^h2ovl\//],
  skipNodeModulesBundle: true,
  esbuildOptions: (options) => {
    options.conditions = ['@h2ovl/source'];
  },
});
