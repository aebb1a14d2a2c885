// `npm run release`: everything that has to be right before a release, in order, then packs every package and shows what would be published. Nothing is published.
// The packages and the bill of materials lie in .cache/release afterwards.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, setup } from './setup.mjs';

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
node('scripts/package-facts.mjs', process.argv.includes('--rehearse') ? '--check' : '--release');

step('licences and install scripts');
node('scripts/supply-chain.mjs', '--check');

step('lint, types, exports');
run(npm, ['run', '--silent', 'lint', '--', '--error-on-warnings', '--diagnostic-level=warn']);
run(npm, ['run', '--silent', 'typecheck']);
run(npm, ['run', '--silent', 'check']);

step('packages');
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
for (const folder of inOrder()) {
  run(npm, ['pack', '--ignore-scripts', '--silent', '--pack-destination', output], { cwd: folder });
  run(npm, ['publish', '--dry-run', '--ignore-scripts', '--access', 'public', '--loglevel=error'], { cwd: folder });
}
node('scripts/supply-chain.mjs', '--sbom', join(output, 'h2ovl.cdx.json'));

for (const name of readdirSync(output).sort()) console.log(`${name}  ${statSync(join(output, name)).size.toLocaleString('en-US')} bytes`);
console.log('\nEverything that a release needs is right. Publish the packages in this order, each with npm publish.');

/** Folders of the published packages, each after those it depends on. */
function inOrder() {
  const packages = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private);
  const done = new Set();
  const ordered = [];
  while (ordered.length < packages.length) {
    const next = packages.find(({ manifest }) => !done.has(manifest.name) && needs(manifest).every((name) => done.has(name)));
    if (!next) throw new Error('The packages depend on each other in a circle.');
    done.add(next.manifest.name);
    ordered.push(next.folder);
  }
  return ordered;

  function needs({ dependencies = {}, optionalDependencies = {} }) {
    const own = new Set(packages.map(({ manifest }) => manifest.name));
    return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].filter((name) => own.has(name));
  }
}
