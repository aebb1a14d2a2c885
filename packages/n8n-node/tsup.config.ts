import { copyFile, mkdir } from 'node:fs/promises';
import { defineConfig } from 'tsup';

// n8n loads nodes with require(), and a verified node has no dependencies: the wire contract is bundled in.
export default defineConfig({
  entry: {
    'nodes/H2ovl/H2ovl.node': 'nodes/H2ovl/H2ovl.node.ts',
    'credentials/H2ovlApi.credentials': 'credentials/H2ovlApi.credentials.ts',
  },
  format: 'cjs',
  target: 'node20',
  platform: 'node',
  clean: true,
  splitting: false,
  treeshake: false,
  external: ['n8n-workflow'],
  noExternal: ['@h2ovl/contract'],
  esbuildOptions(options) {
    options.conditions = ['@h2ovl/source'];
  },
  async onSuccess() {
    await mkdir('dist/nodes/H2ovl', { recursive: true });
    for (const file of ['H2ovl.node.json', 'h2ovl.svg', 'h2ovl.dark.svg']) {
      await copyFile(`nodes/H2ovl/${file}`, `dist/nodes/H2ovl/${file}`);
    }
  },
});
