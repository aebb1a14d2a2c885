// Runs the official MCP conformance suite against the built server: `node packages/mcp-server/scripts/conformance.mjs`.
// The suite needs Node 22, which is fetched beside ours; both are pinned and kept in .cache/conformance, outside git.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const suiteVersion = '0.2.0-alpha.12';
const nodeVersion = '22.23.3';
const requirementSets = [
  { name: '2025-11-25', scenarios: 30 },
  { name: '2026-07-28', scenarios: 37 },
];

const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(packageFolder, '..', '..', '.cache', 'conformance');
const nodePackage = `node-${process.platform}-${process.arch}`;
const node22 = join(cache, 'node_modules', nodePackage, 'bin', 'node');
const suite = join(cache, 'node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js');

await install();
const server = await startServer();
let failed = false;
try {
  for (const { name, scenarios } of requirementSets) {
    const { output, code } = await runSuite(server.url, name);
    const counts = readCounts(output);
    const passed = code === 0 && counts.passed === scenarios && counts.scored === scenarios;
    if (!passed) {
      failed = true;
      console.log(output);
    }
    console.log(
      `${passed ? 'PASS' : 'FAIL'} ${name}: ${counts.passed} of ${counts.scored} scored scenarios, ${scenarios} expected (exit ${code})`,
    );
  }
} finally {
  await server.stop();
}
process.exit(failed ? 1 : 0);

async function install() {
  if (existsSync(node22) && existsSync(suite)) return;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), '{ "private": true }\n');
  console.log(`Installing the conformance suite ${suiteVersion} and Node ${nodeVersion} into ${cache}`);
  const packages = [`@modelcontextprotocol/conformance@${suiteVersion}`, `${nodePackage}@${nodeVersion}`];
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', '--loglevel', 'error', ...packages];
  const { code, output } = await run('npm', args, { cwd: cache });
  if (code !== 0) throw new Error(`npm install failed:\n${output}`);
}

async function startServer() {
  const main = join(packageFolder, 'dist', 'bin', 'main.js');
  if (!existsSync(main)) throw new Error('dist/bin/main.js is missing: build the package first (npm run build).');
  const child = spawn(process.execPath, [main, '--http', '--port', '0', '--model', 'nano', '--conformance-fixtures'], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const lines = createInterface({ input: child.stderr });
  const url = await new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = JSON.parse(line);
      if (entry.event === 'listening') resolve(`${entry.url}/mcp`);
    });
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it listened.`)));
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function runSuite(url, requirements) {
  const results = join(cache, 'results', requirements);
  return run(node22, [suite, 'server', '--url', url, '--requirements', requirements, '-o', results], { cwd: cache });
}

/** Scenarios that count towards the requirement set, from the suite's summary: all it ran but those it lists as not scored. */
function readCounts(output) {
  const [summary, notScored = ''] = output.split(/^Not scored for /m);
  const extras = new Set([...notScored.matchAll(/^\s*[✓✗] (\S+) \(/gmu)].map((match) => match[1]));
  const scored = [...summary.matchAll(/^([✓✗]) (\S+): \d+ passed, \d+ failed/gmu)].filter((match) => !extras.has(match[2]));
  return { passed: scored.filter((match) => match[1] === '✓').length, scored: scored.length };
}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, output }));
  });
}
