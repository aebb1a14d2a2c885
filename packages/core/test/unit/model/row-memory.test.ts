import { expect, it } from 'vitest';
import { SharedKvCache } from '../../../src/model/kv-cache.ts';
import { RowMemory } from '../../../src/model/row-memory.ts';
import { RowTable } from '../../../src/model/row-table.ts';
import { makeFakeDecoder } from '../../helpers/fake-runtime.ts';

it('lets an answer that is longer than expected grow in few steps, each of which copies the tokens that count', async () => {
  const fake = makeFakeDecoder(10);
  const shape = { layers: 1, keyValueHeads: 1, headSize: 1, contextLength: 8192 };
  const cache = new SharedKvCache({ runtime: fake.runtime, shape, maxBytes: 1e9 });
  const table = new RowTable(4, cache.maxTokens);
  const memory = new RowMemory(cache, table, 0);
  const row = table.claim(new Float64Array(100), () => true);
  if (row === undefined) throw new Error('a table without a free row');
  const copied: number[] = [];
  for (let length = 100; length <= 8192; length += 1) {
    const before = fake.copiedTokens;
    expect(await memory.ensure(row, length)).toBe(true);
    if (fake.copiedTokens > before) copied.push(fake.copiedTokens - before);
    table.append(row, new Float64Array(length - row.length));
  }
  expect(copied).toEqual([256, 512, 768, 1280, 2048, 3072, 4608, 6912]);
  expect(cache.capacity).toBe(8192);
});
