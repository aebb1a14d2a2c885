// What the published packages bring along, from package-lock.json.
//   node scripts/supply-chain.mjs                writes THIRD-PARTY-NOTICES.md
//   node scripts/supply-chain.mjs --check        fails where that page is out of date, a licence is not among the allowed ones, or a package runs a script when it is
//                                                installed
//   node scripts/supply-chain.mjs --sbom FILE    writes a bill of materials (CycloneDX), as npm makes it
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeContents } from './runtime-packages.mjs';
import { quietEnvironment, root } from './setup.mjs';

const page = 'THIRD-PARTY-NOTICES.md';
/** Permissive licences. LGPL is that of libvips, which sharp loads as a library of its own and which users may replace. */
const allowed = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD', 'CC0-1.0', 'BlueOak-1.0.0']);
const replaceable = { 'LGPL-3.0-or-later': /^@img\/sharp-/ };
/** Packages that come along with ours, by name and version: no development tools, none of our own. */
export function listPackages(lock) {
  const found = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes('node_modules/') || entry.dev || entry.link) continue;
    const name = path.split('node_modules/').at(-1);
    found.set(`${name}@${entry.version}`, {
      name,
      version: entry.version,
      license: entry.license ?? 'UNKNOWN',
      isOptional: entry.optional === true || entry.devOptional === true,
      hasScript: entry.hasInstallScript === true,
    });
  }
  return [...found.values()].sort(byName);
}

/** What npm does not list, since it is inside packages of ours. */
const contained = runtimeContents.map(({ name, version, license }) => ({ name, version, license, isContained: true }));

function byName(a, b) {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.version < b.version ? -1 : 1;
}

/** Why the list cannot be published as it is. */
export function findProblems(packages) {
  const isAllowed = (name, license) => allowed.has(license) || replaceable[license]?.test(name) === true;
  const problems = [];
  for (const { name, version, license, hasScript } of packages) {
    // "A OR B" needs one that is allowed, "A AND B" all.
    const choices = license.replace(/[()]/g, '').split(' OR ');
    if (!choices.some((choice) => choice.split(' AND ').every((part) => isAllowed(name, part.trim())))) {
      problems.push(`${name}@${version} has the licence ${license}, which is not among the allowed ones.`);
    }
    if (hasScript) problems.push(`${name}@${version} runs a script when it is installed.`);
  }
  return problems;
}

export function writePage(packages) {
  const byLicense = groupByLicense(packages);
  const sections = [...byLicense]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([license, entries]) => {
      const lines = entries.map(({ name, version, isOptional, isContained }) => {
        const note = isContained ? ' (contained in the packages @h2ovl/runtime-*)' : isOptional ? ' (on some systems)' : '';
        return `- [${name}](https://www.npmjs.com/package/${name}/v/${version}) ${version}${note}`;
      });
      return `## ${license}\n\n${lines.join('\n')}\n`;
    });
  return `# Third-party notices

What installing the packages of this repository brings along, by licence. Each package comes with its own licence text. Written from package-lock.json by
\`npm run notices\`; a test holds the page to it. Our packages contain none of it, but for the packages @h2ovl/runtime-*: they are made of native files of ONNX Runtime and koffi, and
those for Windows also hold DirectML.dll, dxcompiler.dll and dxil.dll, which Microsoft licenses by terms of their own. libvips (LGPL-3.0-or-later) is loaded as a separate library and
may be replaced.

${sections.join('\n')}`;
}

function groupByLicense(packages) {
  const groups = new Map();
  for (const entry of packages) groups.set(entry.license, [...(groups.get(entry.license) ?? []), entry]);
  return groups;
}

/** Writes the bill of materials; returns whether that worked. */
function writeSbom(file) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
  const isWindows = process.platform === 'win32';
  const result = spawnSync(isWindows ? 'npm.cmd' : 'npm', args, {
    cwd: root,
    env: quietEnvironment,
    encoding: 'utf8',
    shell: isWindows,
    maxBuffer: 1e8,
  });
  const bill = result.status === 0 ? JSON.parse(result.stdout) : undefined;
  if (bill?.bomFormat !== 'CycloneDX') {
    console.error(`The bill of materials could not be made.\n${result.stderr}`);
    return false;
  }
  // npm names the folder; the product is meant.
  bill.metadata.component.name = 'h2ovl';
  for (const { name, version, license } of contained) {
    const purl = `pkg:npm/${name}@${version}`;
    bill.components.push({ type: 'library', 'bom-ref': purl, name, version, purl, licenses: [{ license: { id: license } }] });
  }
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
  return true;
}

function main([flag, file]) {
  const packages = listPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  if (flag === '--sbom') return file && writeSbom(file) ? 0 : 1;
  const problems = findProblems(packages);
  const text = writePage([...packages, ...contained].sort(byName));
  if (flag !== '--check') writeFileSync(join(root, page), text);
  else if (readFileSync(join(root, page), 'utf8') !== text)
    problems.push(`${page} is not what package-lock.json says. Run: npm run notices`);
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
