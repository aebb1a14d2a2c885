import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertCheckpoint } from '../../src/convert/index.ts';
import { DecoderGraph } from '../../src/model/decoder-graph.ts';
import { openGraph } from '../../src/model/packed/prepacked-graph.ts';
import type { Manifest } from '../../src/model-files/manifest.ts';
import type { Runtime, Session } from '../../src/runtime/port.ts';
import { openAdapter } from '../helpers/runtime-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-weight-pages-'));
const directory = join(folder, 'model');
const signal = new AbortController().signal;
const checkpoint = join(dirname(createRequire(import.meta.url).resolve('@h2ovl/nano/package.json')), 'checkpoint');
let manifest: Manifest;
let runtime: Runtime;

beforeAll(async () => {
  ({ manifest } = await convertCheckpoint(checkpoint, directory, { precision: 'balanced' }));
  runtime = await openAdapter('ffi');
}, 300_000);
afterAll(async () => {
  await runtime.dispose();
  rmSync(folder, { recursive: true });
});

const openCopy = async (): Promise<Session> =>
  (await openGraph('decoder', { runtime, directory, manifest, signal, keepPrepacked: true, minPrepackedBytes: 1, home: folder })).session;

/** Bytes of the copy's weights that count as memory of this process. */
function residentBytes(): number {
  const entries = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const ours = entries.filter((entry) => entry.split('\n', 1)[0]?.endsWith('/decoder.bin'));
  return ours.reduce((sum, entry) => sum + Number(/^Rss:\s+(\d+) kB/m.exec(entry)?.[1]) * 1024, 0);
}

/** Logits after a prompt of 5 tokens. */
async function predict(graph: DecoderGraph): Promise<Float32Array> {
  const embeddings = Float32Array.from({ length: 5 * graph.hiddenSize }, (_, i) => Math.sin(i));
  return (await graph.extend({ row: 0, past: 0, embeddings }, Int32Array.of(4), signal)).slice();
}

describe.runIf(process.platform === 'linux')('weights that are pages of a file', () => {
  it('leave memory when they are given back, and compute the same bits afterwards', async () => {
    const graph = new DecoderGraph(runtime, await openCopy(), manifest);
    await graph.cache.reserve(1, 6);
    const expected = await predict(graph);
    const used = residentBytes();
    expect(used).toBeGreaterThan(5e6);
    await graph.returnWeightPages();
    expect(residentBytes()).toBeLessThan(0.1 * used);
    expect(await predict(graph)).toEqual(expected);
    expect(residentBytes()).toBeGreaterThan(0.9 * used);
    await graph.dispose();
  });

  it('are given back by the session that maps them alone, while another of the same file computes and closes', async () => {
    const first = new DecoderGraph(runtime, await openCopy(), manifest);
    const second = new DecoderGraph(runtime, await openCopy(), manifest);
    for (const graph of [first, second]) await graph.cache.reserve(1, 6);
    const expected = await predict(first);
    expect(await predict(second)).toEqual(expected);
    const used = residentBytes();
    await second.returnWeightPages();
    expect(residentBytes()).toBeLessThan(0.6 * used);
    expect(residentBytes()).toBeGreaterThan(0.4 * used);
    await first.dispose();
    const [again] = await Promise.all([predict(second), second.returnWeightPages()]); // even during a run
    expect(again).toEqual(expected);
    await second.dispose();
  });

  it('can be asked for at any time, by whoever opened the graph', async () => {
    const session = await openCopy();
    await Promise.all([session.returnWeightPages(), session.dispose()]);
    await session.returnWeightPages();
  });
});
