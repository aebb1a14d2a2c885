import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, LocalHubOptions } from '../../../../../dev/src/testing/local-hub.ts';
import { pullModel } from '../../../../src/model-files/download/pull-model.ts';
import type { PullOptions } from '../../../../src/model-files/download/pull-types.ts';
import { locateModel } from '../../../../src/model-files/locate-model.ts';
import { openProxiedClient } from '../../../../src/net/http-client.ts';
import { checkpointBytes, PullFixture, repository, weights } from '../../../helpers/pull-fixture.ts';

let pull: PullFixture;
const serve = async (options: Partial<LocalHubOptions> = {}): Promise<void> => {
  pull = await PullFixture.open(options);
};
afterEach(() => pull?.close());

/** Notices a silent server after a second instead of half a minute. */
const impatient: PullOptions['connect'] = (permit) =>
  openProxiedClient(permit, 'download a model', noProxy, { connectMs: 5000, answerMs: 1000, pieceMs: 1000 });
const noProxy = { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined };

describe('pullModel, when the network or the hub fails', () => {
  const once = (fault: Fault): NonNullable<LocalHubOptions['fault']> => {
    let isDone = false;
    return (request) => {
      if (isDone || request.server === 'hub' || !request.path.includes('safetensors')) return undefined;
      isDone = true;
      return fault;
    };
  };

  it.each<[string, Fault]>([
    ['503', { type: 'status', status: 503 }],
    ['416', { type: 'status', status: 416 }],
    ['429 with Retry-After', { type: 'status', status: 429, retryAfter: '1' }],
    ['401 from a signed address', { type: 'status', status: 401 }],
    ['403 from a signed address', { type: 'status', status: 403 }],
    ['silence', { type: 'silence' }],
    ['a cut after some bytes', { type: 'cut', after: 1_234_567 }],
    ['a cut before the first byte', { type: 'cut', after: 0 }],
    ['another range than was asked for', { type: 'wrong-range' }],
    ['a server that knows no ranges', { type: 'whole-file' }],
    ['wrong bytes, once', { type: 'wrong-bytes' }],
  ])('arrives intact after %s', async (_, fault) => {
    await serve({ fault: once(fault) });
    await pullModel(repository, { ...pull.options(), connect: impatient });
    await pull.expectIntact();
  });

  it('arrives intact when every answer is cut', async () => {
    await serve({
      fault: ({ server, path }) => (server === 'store' && path.includes('safetensors') ? { type: 'cut', after: 1_500_000 } : undefined),
    });
    const { downloadedBytes } = await pullModel(repository, pull.options());
    await pull.expectIntact();
    // What came before a cut counts: nothing is fetched twice but what was not written yet.
    expect(downloadedBytes).toBe(checkpointBytes);
  });

  it('asks for signed addresses again when they run out', async () => {
    await serve({ addressUses: 1 });
    await pullModel(repository, pull.options());
    await pull.expectIntact();
    expect(pull.storeRequests.length).toBeGreaterThan(3);
  });

  it('waits as long as the server asks', async () => {
    await serve({ fault: once({ type: 'status', status: 429, retryAfter: '7' }) });
    const pauses: number[] = [];
    await pullModel(repository, { ...pull.options(), pause: async (ms) => void pauses.push(ms) });
    expect(pauses).toEqual([7000]);
  });

  it('gives up on a server that only fails, says how to go on, and goes on', async () => {
    let isBroken = true;
    await serve({
      fault: ({ path, range }) =>
        isBroken && path.includes('safetensors') && (range?.from ?? 0) > 0 ? { type: 'status', status: 502 } : undefined,
    });
    await expect(pullModel(repository, pull.options())).rejects.toMatchObject({
      code: 'NETWORK_FAILED',
      message: expect.stringMatching(/model\.safetensors .*status 502/),
      hint: expect.stringMatching(/goes on where it stopped/),
    });
    expect(await readdir(join(pull.home, 'downloads', 'someone--a-checkpoint'))).toContain('model.safetensors.part');
    isBroken = false;
    const { downloadedBytes } = await pullModel(repository, pull.options());
    await pull.expectIntact();
    expect(downloadedBytes).toBeLessThan(weights.length);
  });

  it('refuses bytes that are wrong twice', async () => {
    await serve({
      fault: ({ server, path }) => (server === 'store' && path.includes('safetensors') ? { type: 'wrong-bytes' } : undefined),
    });
    await expect(pullModel(repository, pull.options())).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT', file: 'model.safetensors' });
    await expect(locateModel(repository, pull.home)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('lets two pulls of one model at once do the work once', async () => {
    await serve({ bytesPerSecond: 40_000_000 });
    const waits: string[] = [];
    const onProgress: PullOptions['onProgress'] = (progress) => void (progress.type === 'wait' && waits.push(progress.reason));
    const both = await Promise.all([
      pullModel(repository, { ...pull.options(), onProgress }),
      pullModel(repository, { ...pull.options(), onProgress }),
    ]);
    expect(both.map(({ wasReady }) => wasReady).sort()).toEqual([false, true]);
    expect(waits.length).toBe(1);
    await pull.expectIntact();
  });

  it('stops with the reason when aborted, keeps what arrived, and goes on', async () => {
    await serve({ bytesPerSecond: 10_000_000 });
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress: PullOptions['onProgress'] = (progress) =>
      void (progress.type === 'download' && progress.doneBytes > 6_000_000 && controller.abort(reason));
    await expect(pullModel(repository, { ...pull.options(), signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect((await pullModel(repository, pull.options())).downloadedBytes).toBeLessThan(weights.length - 4_000_000);
    await pull.expectIntact();
  });
});
