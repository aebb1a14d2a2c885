// Writes author, repository, bugs and homepage of every published package from scripts/package-facts.json.
//   node scripts/package-facts.mjs             writes them
//   node scripts/package-facts.mjs --check     fails where a package file says something else
//   node scripts/package-facts.mjs --release   the same, and fails while the facts are still placeholders
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

const placeholders = [/your-organisation/, /@example\.(org|com|net)$/];

/** A package file with the facts in it, in the place after its licence; `folder` is the package's, from the root. */
export function withFacts(manifest, folder, { repository, author }) {
  const facts = {
    homepage: `${repository}/tree/main/${folder}#readme`,
    bugs: { url: `${repository}/issues` },
    repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
    author,
  };
  const rest = Object.entries(manifest).filter(([key]) => !(key in facts));
  return Object.fromEntries(rest.flatMap((entry) => (entry[0] === 'license' ? [entry, ...Object.entries(facts)] : [entry])));
}

/** What stands in the facts only until somebody publishes. */
export function findPlaceholders({ repository, author }) {
  return [repository, author.email].filter((value) => placeholders.some((pattern) => pattern.test(value)));
}

function main(flags) {
  const facts = JSON.parse(readFileSync(join(root, 'scripts', 'package-facts.json'), 'utf8'));
  const isCheck = flags.includes('--check') || flags.includes('--release');
  const problems = flags.includes('--release')
    ? findPlaceholders(facts).map((value) => `scripts/package-facts.json still holds the placeholder ${value}.`)
    : [];
  for (const name of readdirSync(join(root, 'packages'))) {
    const file = join(root, 'packages', name, 'package.json');
    const text = readFileSync(file, 'utf8');
    const manifest = JSON.parse(text);
    if (manifest.private) continue;
    const wanted = withFacts(manifest, `packages/${name}`, facts);
    if (JSON.stringify(wanted) === JSON.stringify(manifest)) continue;
    if (isCheck) problems.push(`packages/${name}/package.json does not say what scripts/package-facts.json does. Run: npm run facts`);
    else writeFileSync(file, `${JSON.stringify(wanted, null, 2)}\n`);
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
