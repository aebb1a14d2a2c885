import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRegistry, type Manifest, startLocalRegistry } from '../src/testing/local-registry.ts';
import { nanoCheckpoint, readablePages } from '../src/testing/nano-samples.ts';

const scripts = fileURLToPath(new URL('../../../scripts', import.meta.url));
interface RuntimePackages {
  readonly runtimeSystems: readonly string[];
  runtimeManifest(system: string, options: { readonly isRehearsal: boolean }): Manifest;
}
const runtime = `@h2ovl/runtime-${process.platform}-${process.arch}`;
const page = readablePages[0];
const isWindows = process.platform === 'win32';

const work = mkdtempSync(join(tmpdir(), 'h2ovl-install-'));
const app = join(work, 'app');
const modules = join(app, 'node_modules');
let registry: LocalRegistry;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an npm program in the user's folder, with nothing of this machine's settings, and with a proxy that leads nowhere for all but loopback. */
function start(program: 'npm' | 'npx', args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const nowhere = 'http://127.0.0.1:9';
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|proxy$|^NODE_OPTIONS$/i.test(name)));
  const child = spawn(isWindows ? `${program}.cmd` : program, args, {
    cwd: app,
    shell: isWindows,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...kept,
      HTTPS_PROXY: nowhere,
      HTTP_PROXY: nowhere,
      NO_PROXY: '127.0.0.1',
      npm_config_registry: registry.url,
      npm_config_cache: join(work, 'cache'),
      npm_config_userconfig: join(work, 'userconfig'),
      npm_config_globalconfig: join(work, 'globalconfig'),
      npm_config_update_notifier: 'false',
      npm_config_fetch_retries: '0',
      H2OVL_HOME: join(work, 'home'),
      ...env,
    },
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...texts })));
}

/** Every installed package file below a folder of node_modules. */
function* installed(folder: string): Generator<Readonly<Record<string, unknown>> & { readonly name: string }> {
  for (const name of readdirSync(folder).filter((name) => !name.startsWith('.'))) {
    const path = join(folder, name);
    if (name.startsWith('@')) yield* installed(path);
    else if (existsSync(join(path, 'package.json'))) {
      yield JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      if (existsSync(join(path, 'node_modules'))) yield* installed(join(path, 'node_modules'));
    }
  }
}

/** What decision 16 says of sizes. */
function tellSizes(): void {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const sizeOf = (folder: string): number => Number.parseInt(spawnSync('du', ['-sb', folder], { encoding: 'utf8' }).stdout, 10);
  const sent = [...registry.sentBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
  console.log(
    `node_modules: ${megabytes(sizeOf(modules))} MB in ${[...installed(modules)].length} packages; ` +
      `sent: ${megabytes(sent)} MB, of which ${megabytes(registry.sentBytes.get(runtime) ?? 0)} MB of ${runtime}.`,
  );
}

describe('npm install h2ovl, from a registry that is the only thing to reach', () => {
  beforeAll(async () => {
    mkdirSync(app);
    writeFileSync(join(app, 'package.json'), '{"private":true}');
    const packed = spawnSync(process.execPath, [join(scripts, 'pack.mjs'), join(work, 'packed')], { encoding: 'utf8' });
    if (packed.status !== 0) throw new Error(packed.stderr);
    const { runtimeSystems, runtimeManifest } = (await import(join(scripts, 'runtime-packages.mjs'))) as RuntimePackages;
    const all = runtimeSystems.map((system) => runtimeManifest(system, { isRehearsal: true }));
    registry = await startLocalRegistry(packed.stdout.trim().split('\n'), all);
    const { status, stderr } = await start('npm', ['install', 'h2ovl', '--no-audit', '--no-fund', '--ignore-scripts=false']);
    if (status !== 0) throw new Error(stderr);
  }, 600_000);
  afterAll(async () => {
    if (process.env.H2OVL_TRIAL === 'full') tellSizes();
    await registry?.close();
    rmSync(work, { recursive: true, force: true });
  });

  it('installs the runtime of this system alone, and nothing that runs a script', () => {
    const packages = [...installed(modules)];
    const names = packages.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('@h2ovl/runtime-'))).toEqual([runtime]);
    expect(names).not.toContain('onnxruntime-node');
    expect(names).not.toContain('koffi');
    const withScripts = packages.flatMap(({ name, scripts = {}, gypfile }) => {
      const run = Object.keys(scripts as object).filter((script) => ['preinstall', 'install', 'postinstall'].includes(script));
      return run.length > 0 || gypfile === true ? [name] : [];
    });
    expect(withScripts).toEqual([]);
    expect(registry.unknown).toEqual([]);
  });

  it.each(['ffi', 'worker'])('reads a page with it, through the adapter %s', async (adapter) => {
    const { status, stdout, stderr } = await start('npx', ['--no-install', 'h2ovl', 'read', page.path, '--mode', 'model'], {
      H2OVL_RUNTIME: adapter,
    });
    expect([status, stdout.trimEnd()], stderr).toEqual([0, page.answer]);
  });

  it.each(['ffi', 'worker'])('reads the lines of a page where no model was chosen, through the adapter %s', async (adapter) => {
    const { status, stdout, stderr } = await start('npx', ['--no-install', 'h2ovl', 'read', page.path], { H2OVL_RUNTIME: adapter });
    const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
    expect(status, stderr).toBe(0);
    expect(letters(stdout).length / letters(page.answer).length).toBeCloseTo(1, 1); // the line reader has rates, no exact texts
    expect(stderr).toMatch(/read line by line|line reader/);
  });

  it.each([
    ['the runtime', runtime, 'RUNTIME_UNAVAILABLE'],
    ['the decoder of images', '@img', ''],
  ])('says what to do where %s was left out', async (_, name, code) => {
    renameSync(join(modules, name), join(work, 'left-out'));
    try {
      const args = ['--no-install', 'h2ovl', 'read', page.path, '--model', nanoCheckpoint, '--json'];
      const { status, stdout, stderr } = await start('npx', args);
      expect(status).not.toBe(0);
      expect(stdout + stderr).toContain(code);
      expect(stderr + stdout).toContain('--include=optional');
    } finally {
      renameSync(join(work, 'left-out'), join(modules, name));
    }
  });
});
