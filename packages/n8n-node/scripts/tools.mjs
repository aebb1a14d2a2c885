import { spawn } from 'node:child_process';
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const packageDir = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
export const repoDir = path.join(packageDir, '..', '..');

/** Whether something exists at this path. */
export async function exists(file) {
  return await access(file).then(
    () => true,
    () => false,
  );
}

/** Runs a program to its end and gives its output; a status other than 0 throws with the output, unless `anyStatus` is set. */
export async function run(command, args, { cwd = packageDir, env = {}, anyStatus = false } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status === 0 || anyStatus) return output.stdout;
  throw new Error(`${command} ${args.join(' ')} ended with status ${status}\n${output.stdout}${output.stderr}`);
}

/** Installs packages into a folder of its own; scripts of foreign packages never run. */
export async function installPackages(cwd, specs, flags = []) {
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--save-exact', ...flags, ...specs], {
    cwd,
  });
}

/** Fetches one package and lays it down without its dependencies. */
export async function unpackPackage(spec, target) {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await run('npm', ['pack', '--silent', '--pack-destination', target, spec], { cwd: target });
  const archive = (await readdir(target)).find((file) => file.endsWith('.tgz'));
  await run('tar', ['xzf', archive, '--strip-components=1'], { cwd: target });
  await rm(path.join(target, archive));
}

/** Builds this package and packs it as it would be published; gives the path of the archive. */
export async function buildAndPack(target) {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await run(path.join(repoDir, 'node_modules', '.bin', 'tsup'), []);
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', target]);
  const archive = (await readdir(target)).find((file) => file.endsWith('.tgz'));
  return path.join(target, archive);
}

/** Runs named checks one after the other, prints one line each, and gives how many passed and failed. */
export function createReport() {
  const counts = { passed: 0, failed: 0 };
  return {
    counts,
    async check(title, work) {
      const startedAt = Date.now();
      try {
        const note = await work();
        counts.passed += 1;
        console.log(`PASS ${title}${note === undefined ? '' : ` (${note})`} ${Date.now() - startedAt} ms`);
      } catch (error) {
        counts.failed += 1;
        console.log(`FAIL ${title}\n${indent(error instanceof Error ? error.message : String(error))}`);
      }
    },
    /** Prints the sum and sets the exit status. */
    finish() {
      console.log(`${counts.passed} passed, ${counts.failed} failed`);
      if (counts.failed > 0) process.exitCode = 1;
    },
  };
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => `     ${line}`)
    .join('\n');
}
