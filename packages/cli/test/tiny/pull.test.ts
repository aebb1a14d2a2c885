import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalHub, openLocalHub } from '../../../dev/src/testing/local-hub.ts';
import { writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { expectFailure, runCliProcess, temporaryFolder } from './cli-process.ts';

const repository = 'someone/a-miniature';
const home = temporaryFolder();

import { readablePages } from '../../../dev/src/testing/nano-samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-pull-cli-'));
let hub: LocalHub;
beforeAll(async () => {
  await writeMiniCheckpoint(join(folder, 'mini'));
  const names = readdirSync(join(folder, 'mini'));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, 'mini', name))]));
  hub = await openLocalHub({ repository, files });
});
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCliProcess(args, { home, env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(home, 'no-cache'), ...env } });

describe('h2ovl pull and h2ovl models', () => {
  it('names the command that gets a model which is not here', async () => {
    const { stderr, code } = await run(['info', '--model', '0.8b']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ {2}hint: Get it once: .+ pull 0\.8b$/m);
    expect((await run(['models'])).stdout).toMatch(/no models yet.*pull 0\.8b/);
  });

  it('tells what it would do', async () => {
    const { stdout, code } = await run(['pull', repository, '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^someone\/a-miniature: revision [0-9a-f]{40}, the newest one, which is recorded/);
    expect(stdout).toMatch(/^Licence: apache-2\.0$/m);
    expect(stdout).toMatch(/^model\.safetensors +[\d.]+ MB +the hub$/m);
    expect(stdout).toMatch(/^To download: .* are free\.$/m);
    expect(readdirSync(home)).toEqual([]);
  });

  it('refuses to connect when it is told so', async () => {
    const before = hub.requests.length;
    expectFailure(await run(['pull', repository, '--offline']), 'NETWORK_FORBIDDEN', /network is switched off/);
    expectFailure(await run(['pull', repository], { H2OVL_OFFLINE: '1' }), 'NETWORK_FORBIDDEN', /network is switched off/);
    expect(hub.requests.length).toBe(before);
  });

  it('downloads, checks and converts, says so, and names what to use it with', async () => {
    const { stdout, stderr, code } = await run(['pull', repository]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^someone\/a-miniature: revision .*\nLicence: apache-2\.0\nFolder: .*\nTo download: .*\n/),
    });
    expect(stderr).toMatch(/^Downloading: .* of .*\.$/m);
    expect(stdout).toMatch(
      /^someone\/a-miniature is here: .*\nConverted to balanced \(.*\): .*\nUse it with: .* --model someone\/a-miniature\n$/,
    );
    expect((await run(['info', '--model', repository, '--offline'])).code).toBe(0);
  });

  it('has nothing to do the second time, without a network', async () => {
    const { stdout, stderr, code } = await run(['pull', repository, '--offline', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ wasReady: true, downloadedBytes: 0, converted: { precision: 'balanced' } });
  });

  it('lists what is here', async () => {
    const { stdout } = await run(['models']);
    expect(stdout).toMatch(
      /^NAME +FORM +SIZE +ORIGIN +LAST USED +PATH\nsomeone\/a-miniature +original .*\nsomeone--a-miniature-balanced-\d+-[0-9a-f]+ +balanced .*\nTotal: /,
    );
    const listed = JSON.parse((await run(['models', 'list', '--json'])).stdout);
    expect(listed).toMatchObject({ pulled: [{ name: repository, hasWeights: true }], models: [{ precision: 'balanced' }] });
  });

  it('bundles a model for a machine without a network', async () => {
    const bundle = join(folder, 'model.tar');
    expect((await run(['models', 'bundle', repository, bundle])).stdout).toMatch(
      /SHA-256 [0-9a-f]{64}\nOn the other machine: .* pull .*model\.tar\n$/,
    );
    const other = join(folder, 'other-home');
    mkdirSync(other);
    const pulled = await runCliProcess(['pull', bundle, '--offline', '--no-convert'], { home: other });
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^someone\/a-miniature is here/) });
  });

  it('finds a flipped bit, puts the file aside, and the next pull fetches it alone', async () => {
    const weights = join(home, 'models', 'someone--a-miniature', 'model.safetensors');
    expect((await run(['models', 'verify'])).code).toBe(0);
    const bytes = readFileSync(weights);
    bytes[50_000] = (bytes[50_000] as number) ^ 1;
    writeFileSync(weights, bytes);
    const { code, stdout } = await run(['models', 'verify', repository]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /a-miniature +DAMAGED .*\n.*model\.safetensors: its SHA-256 is .* Put aside as .*quarantine.* Next: pull the model again/,
    );
    const before = hub.requests.length;
    expect((await run(['pull', repository])).code).toBe(0);
    const fetched = hub.requests.slice(before).filter(({ server }) => server === 'store');
    expect(fetched.map(({ path }) => path.replace(/\?.*/, ''))).toEqual(['/model.safetensors']);
    expect((await run(['models', 'prune', '--dry-run'])).stdout).toMatch(/damaged, and put aside\n.* would be freed/);
    expect((await run(['models', 'prune'])).stdout).toMatch(/ freed\.\n$/);
    expect(readdirSync(join(home, 'quarantine'))).toEqual([]);
  });

  it('removes original weights on request and says what that costs; what was converted goes on running', async () => {
    const { stdout, stderr } = await run(['models', 'rm', repository, '--originals']);
    expect([stdout, stderr]).toEqual([expect.stringMatching(/freed/), expect.stringMatching(/needs a download of .* again/)]);
    expect((await run(['info', '--model', repository])).code).toBe(0);
    expectFailure(
      await run(['read', readablePages[0].path, '--model', repository, '--precision', 'exact', '--quiet']),
      'MODEL_NOT_FOUND',
      /no weights any more/,
    );
    expect((await run(['models', 'rm', repository])).code).toBe(0);
    expect(() => statSync(join(home, 'models', 'someone--a-miniature'))).toThrow();
  });

  it('stops at Ctrl-C with its code, and goes on the next time', async () => {
    const slow = await openLocalHub({
      repository,
      files: {
        'config.json': Buffer.from('{}'),
        'tokenizer_config.json': Buffer.from('{}'),
        'tokenizer.model': Buffer.alloc(9),
        'model.safetensors': Buffer.alloc(3_000_000, 7),
      },
      bytesPerSecond: 2_000_000,
    });
    try {
      const env = { HF_ENDPOINT: slow.endpoint, HF_HUB_CACHE: join(home, 'no-cache') };
      const signalAt = { stream: 'stderr', pattern: /Downloading: [3-9]/, signal: 'SIGINT' } as const;
      const stopped = await runCliProcess(['pull', repository, '--no-convert'], { home, env, signalAt });
      expect(stopped).toMatchObject({ code: 130, stdout: '' });
      const again = await runCliProcess(['pull', repository, '--no-convert', '--json'], { home, env });
      expect(JSON.parse(again.stdout).downloadedBytes).toBeLessThan(3_000_000);
    } finally {
      await slow.close();
    }
  });
});
