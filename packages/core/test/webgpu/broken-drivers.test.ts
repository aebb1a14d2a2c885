import { execFileSync, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';
import { tryDevice } from '../../src/runtime/devices/try-device.ts';
import { isRunning } from '../helpers/stand-in-probe.ts';
import { swiftShader } from './software-vulkan.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-drivers-'));
afterAll(() => {
  delete process.env.VK_DRIVER_FILES;
  delete process.env.VK_ICD_FILENAMES;
  rmSync(folder, { recursive: true });
});

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
if (!hasCompiler) console.error('\n*** NOT RUN: the tests on drivers that crash and hang. They need Linux and a C compiler (cc). ***\n');

/** A Vulkan driver that does `body` when it is loaded. Only processes that are started afterwards see it. */
function useDriver(name: string, body: string): void {
  const [source, library, manifest] = ['c', 'so', 'json'].map((ending) => join(folder, `${name}.${ending}`)) as [string, string, string];
  writeFileSync(
    source,
    `#include <stdlib.h>\n#include <stdio.h>\n#include <unistd.h>\n__attribute__((constructor)) static void load(void) { ${body} }\n`,
  );
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
  writeFileSync(manifest, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.1.0' } }));
  useManifest(manifest);
}

function useManifest(path: string): void {
  process.env.VK_DRIVER_FILES = path;
  process.env.VK_ICD_FILENAMES = path;
}

const options = { depth: 'auto', choice: 'high-performance', threads: 1 } as const;

describe.runIf(hasCompiler)('a Vulkan driver', () => {
  it('that crashes is refused with the signal and the place', async () => {
    useDriver('crashing', 'abort();');
    expect(await tryDevice(options)).toMatchObject({
      state: 'crashed',
      reason: expect.stringMatching(/SIGABRT.*listing adapters/),
    });
  });

  it('that does not return is refused after the time limit, and its process is ended', async () => {
    const pidFile = join(folder, 'pid');
    useDriver('hanging', `FILE *f = fopen("${pidFile}", "w"); fprintf(f, "%d", getpid()); fclose(f); for (;;) pause();`);
    expect(await tryDevice({ ...options, silenceMs: 4000 })).toMatchObject({ state: 'hung', reason: expect.stringContaining('4 seconds') });
    expect(isRunning(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
  });

  it('that does not return outlives nobody: its process ends with the one that started it', async () => {
    const pidFile = join(folder, 'orphan');
    useDriver('orphaned', `FILE *f = fopen("${pidFile}", "w"); fprintf(f, "%d", getpid()); fclose(f); for (;;) pause();`);
    const probe = fileURLToPath(await bundleScript(new URL('../../src/runtime/devices/probe-process.ts', import.meta.url)));
    const parentScript = join(folder, 'parent.mjs');
    const start = JSON.stringify({ depth: 'auto', choice: 'high-performance', threads: 1 });
    writeFileSync(
      parentScript,
      `import { fork } from 'node:child_process';
      fork(${JSON.stringify(probe)}, [${JSON.stringify(start)}], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      setInterval(() => {}, 1000);`,
    );
    const parent = fork(parentScript, { stdio: 'ignore' });
    const pid = (): number => {
      try {
        return Number(readFileSync(pidFile, 'utf8'));
      } catch {
        return 0;
      }
    };
    await expect.poll(pid, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(isRunning(pid())).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid()), { timeout: 10_000 }).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('a driver file', () => {
  it('that points nowhere is no driver', async () => {
    useManifest('/nowhere/driver.json');
    expect(await tryDevice(options)).toMatchObject({ state: 'missing', adapters: [] });
  });

  it.runIf(swiftShader !== undefined)('of a device in software is told for what it is, without opening it', async () => {
    useManifest(swiftShader as string);
    expect(await tryDevice(options)).toMatchObject({
      state: 'software',
      depth: 'listed',
      adapter: { kind: 'software', name: expect.stringContaining('SwiftShader'), memoryBytes: expect.any(Number) },
    });
    expect(await tryDevice({ ...options, depth: 'opened' })).toMatchObject({ state: 'right', depth: 'opened' });
  });
});
