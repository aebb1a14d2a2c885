// Runs a test at the full size of its trial: node scripts/trial.mjs TEST_FILE. The same file runs smaller in `npm test`.
import { join } from 'node:path';
import { quietEnvironment, root, run, setup } from './setup.mjs';

setup();
run(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)], {
  env: { ...quietEnvironment, H2OVL_TRIAL: 'full' },
});
