// Runs one of the developer tools, set up first: `node scripts/tool.mjs reference FILE.json`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

const [tool, ...args] = process.argv.slice(2);
setup();
const child = spawn(process.execPath, [join(root, 'packages', 'dev', 'dist', 'main.js'), tool, ...args], { stdio: 'inherit' });
// Ctrl-C reaches the child by itself; this process waits for how it ends.
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
