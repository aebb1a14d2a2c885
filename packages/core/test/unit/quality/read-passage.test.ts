import { describe, expect, it } from 'vitest';
import type { Sequence } from '../../../src/model/decoder-jobs.ts';
import { type PassageOptions, readPassage } from '../../../src/quality/read-passage.ts';

const vocabulary = 4;

/** A model that always wants the token after the last one; its logits share one buffer, as the real one's do. */
function fakeDecoder() {
  const buffer = new Float32Array(vocabulary);
  const steps: number[] = [];
  const runs: (readonly number[])[] = [];
  const lengths: number[] = [];
  const disposals: number[] = [];
  const want = (token: number): Float32Array => buffer.fill(0).fill(1, token, token + 1);
  const openSequence: PassageOptions['decoder']['openSequence'] = (prompt) => {
    const sequence: Sequence = {
      length: prompt.length,
      cachedTokens: 0,
      stepBest: undefined,
      extendBest: undefined,
      prefill: async () => want(0),
      step: async (token) => {
        steps.push(token);
        if (token === 99) throw new Error('out of range');
        return want((token + 1) % vocabulary);
      },
      // Several positions at once see everything a little less clearly.
      extend: async (tokens) => {
        runs.push(tokens);
        return Float32Array.from(tokens.flatMap((token) => [0, 1, 2, 3].map((id) => (id === (token + 1) % vocabulary ? 0.9 : 0))));
      },
      truncate: (length) => void lengths.push(length),
      dispose: async () => void disposals.push(1),
    };
    return sequence;
  };
  return { decoder: { openSequence }, steps, runs, lengths, disposals };
}

const prompt = { length: 3, keys: Float64Array.of(1, 2, 3), write: async () => {} };
const options = { prompt, continuation: undefined, maxPositions: 10, endTokenIds: [3], signal: new AbortController().signal };
const best = (logits: readonly Float32Array[]): number[] => logits.map((row) => row.indexOf(1));

describe('readPassage', () => {
  it("asks for the next token after the text's own tokens, whatever the model would have chosen", async () => {
    const { decoder, steps } = fakeDecoder();
    const { logits, continuation } = await readPassage({ ...options, decoder, continuation: [2, 2, 1] });
    expect(continuation).toEqual([2, 2, 1]);
    expect(steps).toEqual([2, 2]); // nothing follows the last one
    expect(best(logits)).toEqual([0, 3, 3]);
  });

  it('follows the model itself up to its end token where no text is given', async () => {
    const { decoder } = fakeDecoder();
    const { logits, continuation } = await readPassage({ ...options, decoder });
    expect(continuation).toEqual([0, 1, 2, 3]);
    expect(best(logits)).toEqual(continuation);
  });

  it.each([
    [[2, 2, 1], 2, [2, 2]],
    [undefined, 1, [0]],
  ])('stops after the positions it may keep (%j, %i)', async (continuation, maxPositions, expected) => {
    const { decoder } = fakeDecoder();
    expect((await readPassage({ ...options, decoder, continuation, maxPositions })).continuation).toEqual(expected);
  });

  it('reads the text once more behind the same prompt, several positions a run, and compares: every position but the first', async () => {
    const { decoder, runs, lengths } = fakeDecoder();
    const text = [0, 1, 2, 3, 0, 1, 2, 3, 0, 1];
    const { severalPositions } = await readPassage({ ...options, decoder, continuation: text });
    expect(lengths).toEqual([prompt.length]);
    expect(runs).toEqual([text.slice(0, 8), [0, 0]]); // the last one is filled up: a run of one is what it is compared with
    expect(severalPositions).toHaveLength(text.length - 1);
    for (const { agrees, divergence, candidateLoss, referenceLoss } of severalPositions) {
      expect(agrees).toBe(true);
      expect(divergence).toBeGreaterThan(0);
      expect(candidateLoss).toBeGreaterThan(referenceLoss);
    }
  });

  it('closes the sequence when the model fails', async () => {
    const { decoder, disposals } = fakeDecoder();
    await expect(readPassage({ ...options, decoder, continuation: [99, 1] })).rejects.toThrow('out of range');
    expect(disposals).toEqual([1]);
  });
});
