// Packs what would be published. `release.mjs` shows it, and a test installs it.
//   node scripts/pack.mjs FOLDER     our packages, and the runtime package of this system as a rehearsal
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildRuntimePackage, runtimeSystems, withRuntimePackages } from './runtime-packages.mjs';
import { quietEnvironment, root } from './setup.mjs';

const isWindows = process.platform === 'win32';
const npm = isWindows ? 'npm.cmd' : 'npm';

/**
 * Packs the runtime packages of `systems` and all of ours into `output`. Returns the files, each after those that its package depends on.
 * @throws Error with what the packer said
 */
export function packAll(output, { systems, isRehearsal }) {
  const folder = resolve(output);
  mkdirSync(folder, { recursive: true });
  const stage = mkdtempSync(join(tmpdir(), 'h2ovl-pack-'));
  try {
    const runtimes = systems.map((system) => {
      const package_ = join(stage, `runtime-${system}`);
      buildRuntimePackage(system, package_, { isRehearsal });
      return pack(package_, folder);
    });
    const ours = inOrder().map(({ folder: package_, manifest }) => {
      if (manifest.name !== '@h2ovl/core') return pack(package_, folder);
      return pack(stageCore(package_, stage), folder);
    });
    return [...runtimes, ...ours];
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Core as it is published: what npm would pack, with the runtime packages among its optional dependencies. */
function stageCore(package_, stage) {
  const tarball = pack(package_, stage);
  run('tar', ['-xzf', tarball], stage);
  const file = join(stage, 'package', 'package.json');
  const manifest = withRuntimePackages(JSON.parse(readFileSync(file, 'utf8')));
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  return join(stage, 'package');
}

function pack(folder, output) {
  const [{ filename }] = JSON.parse(run(npm, ['pack', '--ignore-scripts', '--json', '--pack-destination', output], folder));
  return join(output, filename);
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, env: quietEnvironment, encoding: 'utf8', shell: isWindows, maxBuffer: 1e8 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stderr?.trim() || result.error}`);
  return result.stdout;
}

/** The published packages, each after those it depends on. */
function inOrder() {
  const packages = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private);
  const own = new Set(packages.map(({ manifest }) => manifest.name));
  const needs = ({ dependencies = {}, optionalDependencies = {} }) =>
    [...Object.keys(dependencies), ...Object.keys(optionalDependencies)].filter((name) => own.has(name));
  const done = new Set();
  const ordered = [];
  while (ordered.length < packages.length) {
    const next = packages.find(({ manifest }) => !done.has(manifest.name) && needs(manifest).every((name) => done.has(name)));
    if (!next) throw new Error('The packages depend on each other in a circle.');
    done.add(next.manifest.name);
    ordered.push(next);
  }
  return ordered;
}

function main([output]) {
  if (output === undefined) throw new Error('Usage: node scripts/pack.mjs FOLDER');
  const systems = runtimeSystems.filter((system) => system === `${process.platform}-${process.arch}`);
  for (const file of packAll(output, { systems, isRehearsal: true })) console.log(file);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
