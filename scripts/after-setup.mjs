// Sets the checkout up, then runs one of the packages' own scripts: `node scripts/after-setup.mjs packages/x/scripts/y.mjs`.
import { join } from 'node:path';
import { root, run, setup } from './setup.mjs';

const [script, ...args] = process.argv.slice(2);
setup();
run(process.execPath, [join(root, script), ...args]);
