import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalHub, openLocalHub } from '../../../dev/src/testing/local-hub.ts';
import { chunkBytes } from '../../src/model-files/download/download-file.ts';
import { files, pseudoRandom, repository } from '../helpers/pull-fixture.ts';

/** `npm run trial:pull` kills twenty times over 320 MB; the ring that every run passes is smaller. */
const isFull = process.env.H2OVL_TRIAL === 'full';
const [sizeBytes, kills] = isFull ? [320_000_000, 20] : [24_000_000, 4];
const weights = pseudoRandom(sizeBytes);

let hub: LocalHub;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'h2ovl-kill-'));
  // Slow enough that every kill falls into the download: four streams of this speed.
  const bytesPerSecond = isFull ? 3_000_000 : 1_500_000;
  hub = await openLocalHub({ repository, files: { ...files, 'model.safetensors': weights }, bytesPerSecond });
});
afterAll(async () => {
  await hub.close();
  await rm(home, { recursive: true, force: true });
});

const start = (): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'pull-process.mjs'), repository, home], {
    env: { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(home, 'no-cache') },
    stdio: ['ignore', 'inherit', 'inherit'],
  });

/** Which blocks of the file are right already. What was never written is zeros, which the weights have nowhere for a whole block. */
const blockBytes = 4096;
async function arrivedBlocks(): Promise<Uint8Array> {
  const blocks = new Uint8Array(Math.ceil(sizeBytes / blockBytes));
  const part = await readFile(join(home, 'downloads', 'someone--a-checkpoint', 'model.safetensors.part')).catch(() => Buffer.alloc(0));
  for (let i = 0; i < blocks.length; i += 1) {
    const [from, to] = [i * blockBytes, Math.min(sizeBytes, (i + 1) * blockBytes)];
    blocks[i] = part.length >= to && part.subarray(from, to).equals(weights.subarray(from, to)) ? 1 : 0;
  }
  return blocks;
}

/** Bytes asked for since a request that had arrived before, and how many times their blocks were asked for. */
function fetchedAgain(arrived: Uint8Array, firstRequest: number): number {
  let again = 0;
  for (const { server, path, range } of hub.requests.slice(firstRequest)) {
    if (server !== 'store' || !path.includes('safetensors')) continue;
    const { from, to } = range ?? { from: 0, to: sizeBytes };
    for (let i = Math.ceil(from / blockBytes); (i + 1) * blockBytes <= to; i += 1) again += (arrived[i] as number) * blockBytes;
  }
  return again;
}

/** Bytes of the weights that the hub gave out since a request: a few more than arrived, since it does not know of a kill at once. */
function sentSince(firstRequest: number): number {
  const large = hub.requests.slice(firstRequest).filter(({ server, path }) => server === 'store' && path.includes('safetensors'));
  return large.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
}

const bytesOf = (blocks: Uint8Array): number => Math.min(sizeBytes, blocks.reduce((sum, block) => sum + block, 0) * blockBytes);

describe('a pull that is killed', () => {
  it(`${kills} times at random points fetches no more than a chunk again, and arrives intact`, { timeout: 1_200_000 }, async () => {
    const losses: number[] = [];
    const shares: number[] = [];
    /** What the hub sent and no file holds: it has to be fetched again. */
    const lost: number[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      const arrived = await arrivedBlocks();
      const firstRequest = hub.requests.length;
      const child = start();
      await expect.poll(() => hub.requests.slice(firstRequest).some(({ server }) => server === 'store'), { timeout: 120_000 }).toBe(true);
      await sleep(100 + Math.random() * 1100);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(child.signalCode, 'it was killed before it was done').toBe('SIGKILL');
      losses.push(fetchedAgain(arrived, firstRequest));
      const kept = bytesOf(await arrivedBlocks());
      lost.push(sentSince(firstRequest) - (kept - bytesOf(arrived)));
      shares.push(kept / sizeBytes);
    }
    const arrived = await arrivedBlocks();
    const firstRequest = hub.requests.length;
    const last = start();
    await once(last, 'exit');
    expect(last.exitCode).toBe(0);
    losses.push(fetchedAgain(arrived, firstRequest));
    console.log(`arrived after each kill: ${shares.map((share) => `${(share * 100).toFixed(1)} %`).join(', ')}`);
    console.log(`asked for again though it had arrived, in bytes: ${losses.slice(1).join(', ')}`);
    console.log(`sent and lost by each kill, in bytes: ${lost.join(', ')}; one chunk has ${chunkBytes}`);
    expect(Math.max(...losses)).toBeLessThanOrEqual(chunkBytes);
    expect(Math.max(...lost)).toBeLessThanOrEqual(chunkBytes);
    expect((await readFile(join(home, 'models', 'someone--a-checkpoint', 'model.safetensors'))).equals(weights)).toBe(true);
    // Each kill left something behind to go on from.
    expect(shares.every((share, index) => share >= (shares[index - 1] ?? 0))).toBe(true);
  });
});
