import type { Manifest } from '@h2ovl/core';
import type { ConvertOptions } from '@h2ovl/core/convert';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CoreLibrary } from '../../../src/core-library.ts';
import { runFake } from '../fake-world.ts';

let probes: number;
let given: ConvertOptions[];
beforeEach(() => {
  probes = 0;
  given = [];
});

/** A library on a processor that bears 127. */
const library = {
  locateModel: async () => ({ type: 'checkpoint', name: 'ck', directory: '/ck' }),
  measureInt8Limit: async () => {
    probes += 1;
    return 127;
  },
  convertCheckpoint: async (_checkpoint: string, directory: string, options: ConvertOptions) => {
    given.push(options);
    const int8Limit = options.precision === 'exact' ? null : (options.int8Limit ?? 64);
    const precision = { name: options.precision ?? 'balanced', vision: 'float32', language: 'int8', head: 'int8', int8Limit };
    return { directory, manifest: { precision, files: {} } as unknown as Manifest, errors: [], outputBytes: 0, durationMs: 12 };
  },
} as unknown as CoreLibrary;

describe('h2ovl convert into a folder', () => {
  it('converts for what this processor bears, and says so', async () => {
    const { stdout } = await runFake(['convert', '/ck', '/out'], library);
    expect(given[0]?.int8Limit).toBe(127);
    expect(stdout).toContain('language int8, head int8, 8-bit weights up to 127;');
  });

  it('takes --int8-limit as it is, and measures nothing then', async () => {
    const { stdout } = await runFake(['convert', '/ck', '/out', '--int8-limit', '64'], library);
    expect([given[0]?.int8Limit, probes]).toEqual([64, 0]);
    expect(stdout).toContain('8-bit weights up to 64;');
  });

  it('measures nothing for weights that are not rounded', async () => {
    const { stdout } = await runFake(['convert', '/ck', '/out', '--precision', 'exact'], library);
    expect([given[0]?.int8Limit, probes]).toEqual([undefined, 0]);
    expect(stdout).not.toContain('8-bit weights');
  });
});
