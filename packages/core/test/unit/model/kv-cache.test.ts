import { describe, expect, it } from 'vitest';
import { SharedKvCache } from '../../../src/model/kv-cache.ts';
import { ownBytes } from '../../helpers/resident-memory.ts';
import { adapters, openAdapter } from '../../helpers/runtime-under-test.ts';

describe.runIf(process.platform === 'linux').each(adapters)('a cache in the memory of the %s adapter', (adapter) => {
  it('takes what is used of it, not what is laid out', async () => {
    const runtime = await openAdapter(adapter);
    const shape = { layers: 16, keyValueHeads: 8, headSize: 96, contextLength: 8192 }; // of the 0.8B
    const cache = new SharedKvCache({ runtime, shape, maxBytes: 1e9 });
    const before = ownBytes();
    await cache.layOut([], 4, 1280);
    expect(4 * cache.bytesFor(1280)).toBeGreaterThan(500e6);
    expect(ownBytes() - before).toBeLessThan(50e6);
    await cache.copyPrefix(0, 1, 512);
    expect(ownBytes() - before).toBeGreaterThan(0.9 * cache.bytesFor(512));
    expect(ownBytes() - before).toBeLessThan(3 * cache.bytesFor(512));
    cache.release();
    await runtime.dispose();
  });
});
