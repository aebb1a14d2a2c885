// Holds the node to the rules of n8n's review of community nodes, offline once its tools are there:
// the types and linter of n8n, what is in the published archive, and the scan the public gate runs.
// n8n's tools are under a licence of their own, so they live in a cache folder and never in a lock file.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildAndPack, createReport, exists, installPackages, packageDir, repoDir, run, unpackPackage } from './tools.mjs';

const toolsDir = path.join(repoDir, '.cache', 'n8n-tools');
const stageDir = path.join(toolsDir, 'package');

// What @n8n/node-cli's own linter configuration needs; installing that package itself would bring 783 MB.
const packages = [
  '@eslint/js@9.29.0',
  '@n8n/eslint-plugin-community-nodes@0.32.0',
  '@n8n/scan-community-package@0.32.0',
  'eslint@9.29.0',
  'eslint-import-resolver-typescript@4.4.4',
  'eslint-plugin-import-x@4.15.2',
  'eslint-plugin-n8n-nodes-base@1.16.7',
  'n8n-workflow@2.41.0',
  'typescript@5.9.2',
  'typescript-eslint@8.35.0',
];
// Taken without its dependencies, for its linter configuration and its template.
const nodeCli = '@n8n/node-cli@0.48.3';

await setUp();
const report = createReport();
await report.check('types agree with those of n8n', checkTypes);
await report.check("n8n's linter has nothing to say", lintSources);
let archive;
await report.check('builds and packs', async () => {
  archive = await buildAndPack(path.join(toolsDir, 'pack'));
});
await report.check('the archive holds what users need and nothing else', checkArchive);
await report.check('the scan of the public gate passes on sources and archive', scan);
report.finish();

async function setUp() {
  const marker = path.join(toolsDir, 'ready.json');
  const wanted = JSON.stringify([...packages, nodeCli]);
  if (!(await exists(marker)) || (await readFile(marker, 'utf8')) !== wanted) {
    console.log(`Setting up n8n's linters in ${path.relative(process.cwd(), toolsDir)} (about 260 MB, once)`);
    await rm(toolsDir, { recursive: true, force: true });
    await mkdir(toolsDir, { recursive: true });
    await writeFile(path.join(toolsDir, 'package.json'), '{"private":true}\n');
    await installPackages(toolsDir, packages, ['--legacy-peer-deps']);
    await unpackPackage(nodeCli, path.join(toolsDir, 'node_modules', '@n8n', 'node-cli'));
    await writeFile(marker, wanted);
  }
  await stageSources();
}

/** A copy inside the cache folder, where `n8n-workflow` and the configuration of `eslint.config.mjs` can be found. */
async function stageSources() {
  await rm(stageDir, { recursive: true, force: true });
  for (const entry of ['nodes', 'credentials', 'package.json', 'eslint.config.mjs', 'README.md', 'LICENSE']) {
    await cp(path.join(packageDir, entry), path.join(stageDir, entry), { recursive: true });
  }
  const config = {
    extends: path.join(repoDir, 'tsconfig.base.json'),
    compilerOptions: {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      typeRoots: [path.join(repoDir, 'node_modules', '@types')],
      paths: {
        '@h2ovl/contract': [path.join(repoDir, 'packages', 'contract', 'src', 'index.ts')],
        '@h2ovl/contract/operations': [path.join(repoDir, 'packages', 'contract', 'src', 'operations.ts')],
        '@h2ovl/contract/wire': [path.join(repoDir, 'packages', 'contract', 'src', 'wire', 'index.ts')],
      },
    },
    include: ['nodes', 'credentials'],
  };
  await writeFile(path.join(stageDir, 'tsconfig.json'), JSON.stringify(config, null, 2));
}

async function checkTypes() {
  await run(path.join(repoDir, 'node_modules', '.bin', 'tsc'), ['-p', stageDir]);
}

async function lintSources() {
  const template = path.join(toolsDir, 'node_modules/@n8n/node-cli/dist/template/templates/shared/default/eslint.config.mjs');
  const [own, theirs] = await Promise.all([readFile(path.join(packageDir, 'eslint.config.mjs'), 'utf8'), readFile(template, 'utf8')]);
  if (own.trim() !== theirs.trim()) throw new Error('eslint.config.mjs differs from the template, which `strict: true` forbids.');
  await run(path.join(toolsDir, 'node_modules', '.bin', 'eslint'), ['.', '--max-warnings=0'], { cwd: stageDir });
}

async function checkArchive() {
  const files = (await run('tar', ['tzf', archive])).trim().split('\n').sort();
  const wanted = [
    'package/LICENSE',
    'package/README.md',
    'package/dist/credentials/H2ovlApi.credentials.js',
    'package/dist/nodes/H2ovl/H2ovl.node.js',
    'package/dist/nodes/H2ovl/H2ovl.node.json',
    'package/dist/nodes/H2ovl/h2ovl.dark.svg',
    'package/dist/nodes/H2ovl/h2ovl.svg',
    'package/package.json',
  ];
  if (files.join('\n') !== wanted.join('\n')) throw new Error(`The archive holds:\n${files.join('\n')}`);
  const manifest = JSON.parse(await run('tar', ['xzOf', archive, 'package/package.json']));
  const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  if (dependencies.length > 0) throw new Error(`It depends on ${dependencies.join(', ')}; a verified node has no dependencies.`);
  for (const file of wanted.filter((name) => name.endsWith('.js'))) {
    const required = [...(await run('tar', ['xzOf', archive, file])).matchAll(/\brequire\("([^"]+)"\)/g)].map((match) => match[1]);
    const foreign = required.filter((name) => name !== 'n8n-workflow');
    if (foreign.length > 0) throw new Error(`${file} requires ${foreign.join(', ')}.`);
  }
}

async function scan() {
  const scanner = path.join(toolsDir, 'node_modules', '@n8n', 'scan-community-package', 'scanner', 'scanner.mjs');
  const { analyzePackage, SOURCE_FILE_PATTERNS } = await import(pathToFileURL(scanner).href);
  const unpacked = path.join(toolsDir, 'unpacked');
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  await run('tar', ['xzf', archive, '-C', unpacked, '--strip-components=1']);
  for (const [dir, patterns] of [
    [stageDir, SOURCE_FILE_PATTERNS],
    [unpacked, ['**/*.js', 'package.json']],
  ]) {
    const result = await analyzePackage(dir, patterns);
    if (!result.passed || result.message !== undefined) throw new Error(`${result.message}\n${result.details ?? ''}`);
  }
}
