import type { ConvertedModel, PulledModelInfo } from '@h2ovl/core';
import { describe, expect, it } from 'vitest';
import { type FakeRun, runFake } from '../fake-world.ts';

/** A home folder with one pulled model and one conversion; `removed` tells what was taken away. */
function remove(...args: string[]): Promise<FakeRun & { readonly removed: readonly string[] }> {
  const removed: string[] = [];
  const note = async (name: string | undefined): Promise<number> => {
    removed.push(name ?? 'all');
    return 1_000_000;
  };
  const library = {
    listPulled: async () => [{ name: '0.8b', repository: 'h2oai/one' } as PulledModelInfo],
    listConverted: async () => [{ name: 'one-balanced-64-ab' } as ConvertedModel],
    removePulled: note,
    removeConverted: note,
  };
  return runFake(['models', 'rm', ...args], library).then((run) => ({ ...run, removed }));
}

describe('h2ovl models rm', () => {
  it('takes the names of both forms, and the repository', async () => {
    expect(await remove('0.8b', 'one-balanced-64-ab')).toMatchObject({ exitCode: 0, removed: ['0.8b', 'one-balanced-64-ab'] });
    expect(await remove('h2oai/one')).toMatchObject({ exitCode: 0, removed: ['h2oai/one'] });
  });

  it('removes nothing when one name is misspelt, and names what there is', async () => {
    expect(await remove('0.8b', 'one-balanced')).toMatchObject({
      exitCode: 1,
      removed: [],
      stderr: expect.stringMatching(
        /No model one-balanced was pulled or converted here\..*\n.*There are 0\.8b, h2oai\/one, one-balanced-64-ab\./,
      ),
    });
    expect(await remove('one-balanced-64-ab', '--originals')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/was pulled here/),
    });
  });
});
