// `npm run release`: everything that has to be right before a release, in order, then packs every package and shows what would be published. Nothing is published.
// The packages and the bill of materials lie in .cache/release afterwards.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packAll } from './pack.mjs';
import { findMissingTexts, runtimeSystems } from './runtime-packages.mjs';
import { root, run, setup } from './setup.mjs';

const isRehearsal = process.argv.includes('--rehearse');
const output = join(root, '.cache', 'release');
const isWindows = process.platform === 'win32';
const npm = isWindows ? 'npm.cmd' : 'npm';
const node = (...args) => run(process.execPath, args);
const step = (text) => console.log(`\n== ${text}`);

step('a clean checkout');
const changed = spawnSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }).stdout.trim();
if (changed !== '') {
  console.error(`Commit or remove first:\n${changed}`);
  process.exit(1);
}

step('build');
setup();

step('who publishes');
node('scripts/package-facts.mjs', isRehearsal ? '--check' : '--release');

step('texts that come along with the runtime packages');
const missingTexts = isRehearsal ? [] : findMissingTexts();
for (const problem of missingTexts) console.error(problem);
if (missingTexts.length > 0) process.exit(1);

step('licences and install scripts');
node('scripts/supply-chain.mjs', '--check');

step('lint, types, exports');
run(npm, ['run', '--silent', 'lint', '--', '--error-on-warnings', '--diagnostic-level=warn']);
run(npm, ['run', '--silent', 'typecheck']);
run(npm, ['run', '--silent', 'check']);

step('packages');
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const files = packAll(output, { systems: runtimeSystems, isRehearsal });
// npm refuses to publish the runtime packages of a rehearsal, as it should.
for (const file of isRehearsal ? files.filter((name) => !basename(name).startsWith('h2ovl-runtime-')) : files) {
  run(npm, ['publish', file, '--dry-run', '--ignore-scripts', '--access', 'public', '--loglevel=error']);
}
node('scripts/supply-chain.mjs', '--sbom', join(output, 'h2ovl.cdx.json'));

for (const file of files) console.log(`${basename(file)}  ${statSync(file).size.toLocaleString('en-US')} bytes`);
console.log(
  isRehearsal
    ? '\nA rehearsal: nothing of this is meant for publishing.'
    : '\nEverything that a release needs is right. Publish these files in this order, each with npm publish FILE --access public; a runtime package whose version is in the registry is left out.',
);
