// Makes the packages @h2ovl/runtime-*: the native files that compute, one package for each system, without a script that runs when they are installed. What goes into them
// stands in runtime-packages.json, with its digests; the files come from onnxruntime-node and koffi as package-lock.json pins them.
//   node scripts/runtime-packages.mjs FOLDER               a folder for each system; fails where a file is not the one known, or a text that has to come along is missing
//   node scripts/runtime-packages.mjs FOLDER --rehearse    the same without those texts: private packages, which npm refuses to publish
//   node scripts/runtime-packages.mjs FOLDER --here        rehearses this system's package alone
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withFacts } from './package-facts.mjs';
import { quietEnvironment, root } from './setup.mjs';

const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));
const facts = readJson('scripts', 'runtime-packages.json');
const textsFolder = join(root, 'scripts', 'runtime-texts');
const thisSystem = `${process.platform}-${process.arch}`;
const isWindows = process.platform === 'win32';

const systemNames = {
  'linux-x64': 'Linux with glibc on x64',
  'linux-arm64': 'Linux with glibc on arm64',
  'darwin-arm64': 'macOS on Apple silicon',
  'win32-x64': 'Windows on x64',
  'win32-arm64': 'Windows on arm64',
};

export const runtimeSystems = Object.keys(facts.systems);

/** The name of a system's package. */
export function runtimePackageName(system) {
  return `@h2ovl/runtime-${system}`;
}

/** The package file of core as it is published: npm chooses the runtime package of the user's system among these. A checkout uses the files of onnxruntime-node and koffi. */
export function withRuntimePackages(manifest) {
  const runtimes = Object.fromEntries(runtimeSystems.map((system) => [runtimePackageName(system), facts.version]));
  return { ...manifest, optionalDependencies: { ...manifest.optionalDependencies, ...runtimes } };
}

/** What the packages hold that is not ours. */
export const runtimeContents = [
  {
    name: 'onnxruntime-node',
    version: facts.onnxruntime,
    license: 'MIT',
    what: 'ONNX Runtime: its shared library and its binding for Node',
  },
  { name: 'koffi', version: facts.koffi, license: 'MIT', what: 'koffi: its native part' },
];

/** Texts without which a package must not be published, each with the place it comes from. */
export function findMissingTexts({ texts } = facts, folder = textsFolder) {
  return Object.entries(texts).flatMap(([name, { what, from, sha256 }]) => {
    const file = join(folder, name);
    if (!existsSync(file))
      return [`scripts/runtime-texts/${name} is missing (${what}). Take it from ${from}, and write its sha256 into runtime-packages.json.`];
    const found = sha256Of(file);
    return found === sha256 ? [] : [`scripts/runtime-texts/${name} has the sha256 ${found}; runtime-packages.json says ${sha256}.`];
  });
}

/** Writes one system's package into `folder`, which must not exist. @throws Error where a file is not the one that runtime-packages.json knows */
export function buildRuntimePackage(system, folder, { isRehearsal }) {
  const [platform, arch] = system.split('-');
  mkdirSync(folder, { recursive: true });
  const fetched = mkdtempSync(join(tmpdir(), 'h2ovl-koffi-'));
  try {
    const koffi = findKoffi(system, fetched);
    const onnxRuntime = join(root, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', platform, arch);
    for (const [name, sha256] of Object.entries(facts.systems[system])) {
      const source = name === 'koffi.node' ? join(koffi, `${platform}_${arch}`, name) : join(onnxRuntime, name);
      const found = sha256Of(source);
      if (found !== sha256) throw new Error(`${name} for ${system} has the sha256 ${found}; runtime-packages.json says ${sha256}.`);
      copyFileSync(source, join(folder, name));
    }
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
  const texts = isRehearsal ? [] : Object.entries(facts.texts).filter(([, { systems }]) => systems.includes(platform));
  for (const [name] of texts) copyFileSync(join(textsFolder, name), join(folder, name));
  writeFileSync(join(folder, 'LICENSE'), licenseText());
  writeFileSync(join(folder, 'README.md'), readme(system, texts, isRehearsal));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(runtimeManifest(system, { isRehearsal }), null, 2)}\n`);
}

/** The package file of a system's package; npm chooses by its `os`, `cpu` and `libc`. */
export function runtimeManifest(system, { isRehearsal }) {
  const [platform, arch] = system.split('-');
  const manifest = {
    name: runtimePackageName(system),
    version: facts.version,
    ...(isRehearsal && { private: true }),
    description: `What @h2ovl/core computes with on ${systemNames[system]}: ONNX Runtime ${facts.onnxruntime} and koffi ${facts.koffi}`,
    license: platform === 'win32' ? 'SEE LICENSE IN LICENSE' : 'MIT',
    // What @h2ovl/core reads to know which ONNX Runtime this is.
    onnxruntime: facts.onnxruntime,
    os: [platform],
    cpu: [arch],
    ...(platform === 'linux' && { libc: ['glibc'] }),
    preferUnplugged: true,
  };
  return withFacts(manifest, 'scripts', readJson('scripts', 'package-facts.json'));
}

/** The folder of koffi's native package: installed for this system, fetched from the registry for others. */
function findKoffi(system, fetched) {
  const name = `@koromix/koffi-${system}`;
  const installed = join(root, 'node_modules', name);
  if (existsSync(installed)) return installed;
  const { integrity } = readJson('package-lock.json').packages[`node_modules/${name}`];
  const npm = isWindows ? 'npm.cmd' : 'npm';
  const options = { cwd: fetched, env: quietEnvironment, encoding: 'utf8', shell: isWindows };
  const packed = spawnSync(npm, ['pack', `${name}@${facts.koffi}`, '--json', '--silent'], options);
  if (packed.status !== 0) throw new Error(`${name} could not be fetched from the registry: ${packed.stderr.trim() || packed.error}`);
  const [{ filename, integrity: found }] = JSON.parse(packed.stdout);
  if (found !== integrity) throw new Error(`${name} has the digest ${found}; package-lock.json says ${integrity}.`);
  const unpacked = spawnSync('tar', ['-xzf', filename], options);
  if (unpacked.status !== 0) throw new Error(`${name} could not be unpacked: ${unpacked.stderr || unpacked.error}`);
  return join(fetched, 'package');
}

function sha256Of(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function licenseText() {
  const koffi = join(root, 'node_modules', 'koffi');
  const parts = [
    ['ONNX Runtime', mitLicense('Copyright (c) Microsoft Corporation')],
    ['koffi', readFileSync(join(koffi, 'LICENSE.txt'), 'utf8')],
    ['node-addon-api, in koffi', readFileSync(join(koffi, 'vendor', 'node-addon-api', 'LICENSE.md'), 'utf8')],
    ['node-api-headers, in koffi', readFileSync(join(koffi, 'vendor', 'node-api-headers', 'LICENSE'), 'utf8')],
  ];
  return parts.map(([what, text]) => `${what}\n${'='.repeat(what.length)}\n\n${text.trim()}\n`).join('\n\n');
}

function mitLicense(copyright) {
  return `MIT License

${copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

function readme(system, texts, isRehearsal) {
  const files = Object.entries(facts.systems[system]).map(([name, sha256]) => {
    const source = name === 'koffi.node' ? `@koromix/koffi-${system} ${facts.koffi}` : `onnxruntime-node ${facts.onnxruntime}`;
    return `| \`${name}\` | ${source} | \`${sha256}\` |`;
  });
  const sources = texts.map(([name, { what, from }]) => `- \`${name}\`: ${what}; ${from}.`);
  return `# ${runtimePackageName(system)}

What [@h2ovl/core](https://www.npmjs.com/package/@h2ovl/core) computes with on ${systemNames[system]}. npm chooses it by itself, as an optional dependency of that package; it has no
code of its own and runs no script.

| file | from | sha256 |
|---|---|---|
${files.join('\n')}

Their licences are in \`LICENSE\`${sources.length === 0 ? '' : ' and in these texts, which the packages above do not carry'}.
${isRehearsal ? '\nThis package was made for a test, without the third-party texts: it must not be published.\n' : `\n${sources.join('\n')}\n`}`;
}

function main(args) {
  const folder = args.find((arg) => !arg.startsWith('--'));
  if (folder === undefined) throw new Error('Usage: node scripts/runtime-packages.mjs FOLDER [--rehearse | --here]');
  const isHere = args.includes('--here');
  const isRehearsal = isHere || args.includes('--rehearse');
  const missing = isRehearsal ? [] : findMissingTexts();
  for (const problem of missing) console.error(problem);
  if (missing.length > 0) return 1;
  for (const system of isHere ? [thisSystem] : runtimeSystems) {
    if (!runtimeSystems.includes(system)) throw new Error(`There is no ONNX Runtime ${facts.onnxruntime} for ${system}.`);
    buildRuntimePackage(system, join(folder, `runtime-${system}`), { isRehearsal });
  }
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
