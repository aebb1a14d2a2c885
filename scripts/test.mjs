// `npm test`: sets the checkout up, runs every test and closes with one line of counts. Further arguments go to vitest.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quietEnvironment, root, setup } from './setup.mjs';

const resultsFile = join(root, '.cache', 'test-results.json');

setup();
mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(resultsFile, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`];
const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: quietEnvironment,
});
process.on('SIGINT', () => {}); // vitest gets it too and ends by itself
child.on('exit', (code, signal) => {
  const counts = readCounts();
  if (counts) console.log(counts);
  process.exit(code ?? (signal === 'SIGINT' ? 130 : 1));
});

function readCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(resultsFile, 'utf8'));
    return `${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`;
  } catch {
    return undefined; // vitest ended before it wrote them, and has said why
  }
}
