import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type HubRequest, type LocalHub, type LocalHubOptions, openLocalHub } from '../../../dev/src/testing/local-hub.ts';
import type { PullOptions } from '../../src/model-files/download/pull-types.ts';

export const repository = 'someone/a-checkpoint';

/** Twenty and a half megabytes: three chunks, the last one not full. In the full trial (`npm run trial:pull`) as large as a small model. */
export const weights: Buffer = pseudoRandom(process.env.H2OVL_TRIAL === 'full' ? 320_500_000 : 20_500_000);
export const files: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from('{"model_type":"h2ovl_chat"}'),
  'tokenizer_config.json': Buffer.from('{}'),
  'tokenizer.model': pseudoRandom(5000),
  'model.safetensors': weights,
  'modeling_code.py': Buffer.from('import os'),
};

/** Bytes of the files that belong to a checkpoint. */
export const checkpointBytes: number = Object.entries(files).reduce(
  (sum, [name, { length }]) => sum + (name.endsWith('.py') ? 0 : length),
  0,
);
export const smallBytes: number = checkpointBytes - weights.length;

export function pseudoRandom(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 12_345;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** A home folder and a hub that serves one repository to it. */
export class PullFixture {
  readonly home: string;
  readonly hub: LocalHub;

  private constructor(home: string, hub: LocalHub) {
    this.home = home;
    this.hub = hub;
  }

  static async open(options: Partial<LocalHubOptions> = {}): Promise<PullFixture> {
    return new PullFixture(await mkdtemp(join(tmpdir(), 'h2ovl-pull-')), await openLocalHub({ repository, files, ...options }));
  }

  /** Waits nothing between attempts; reads no settings of this machine. */
  options(env: Readonly<Record<string, string>> = {}): PullOptions & { readonly home: string } {
    return {
      home: this.home,
      env: { HF_ENDPOINT: this.hub.endpoint, HF_HUB_CACHE: join(this.home, 'no-cache'), ...env },
      pause: async () => {},
    };
  }

  /** Where the model lies in the end. */
  get directory(): string {
    return join(this.home, 'models', 'someone--a-checkpoint');
  }

  /** Requests that reached the store of large files. */
  get storeRequests(): readonly HubRequest[] {
    return this.hub.requests.filter(({ server }) => server === 'store');
  }

  async expectIntact(): Promise<void> {
    expect((await readdir(this.directory)).sort()).toEqual([
      'config.json',
      'h2ovl-origin.json',
      'model.safetensors',
      'tokenizer.model',
      'tokenizer_config.json',
    ]);
    expect((await readFile(join(this.directory, 'model.safetensors'))).equals(weights)).toBe(true);
    expect(await readdir(join(this.home, 'downloads'))).toEqual([]);
  }

  async close(): Promise<void> {
    await this.hub.close();
    await rm(this.home, { recursive: true, force: true });
  }
}
