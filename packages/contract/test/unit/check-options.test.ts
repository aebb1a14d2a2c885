import { describe, expect, it, vi } from 'vitest';
import { checkOptions, generateOptionNames, nameNow } from '../../src/index.ts';

const check = (options: object): void => checkOptions(options, generateOptionNames, 'generate()');

describe('checkOptions', () => {
  it.each([
    ['image', 'images'],
    ['imgaes', 'images'],
    ['maxTokens', 'maxOutputTokens'],
    ['max_tokens', 'maxOutputTokens'],
    ['max_output_tokens', 'maxOutputTokens'],
    ['temprature', 'temperature'],
    ['top_p', 'topP'],
    ['stop', 'stopSequences'],
    ['abortSignal', 'signal'],
    ['message', 'messages'],
    ['repetition_penalty', 'repetitionPenalty'],
  ])('refuses %s and names %s', (wrong, right) => {
    expect(() => check({ prompt: 'Read.', [wrong]: 1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', param: wrong, hint: `Did you mean ${right}?` }),
    );
  });

  it('names what an option is called now, in the spelling of every interface', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'maxTiles', hint: 'It is called tiles now.' });
    expect(() => check({ prompt: 'Read.', maxTiles: 4 })).toThrow(refusal);
    expect(() => check({ prompt: 'Read.', maxTiles: undefined, tiles: 4 })).not.toThrow();
    expect(['max_tiles', '--max-tiles', 'maxTiles', 'tiles', 'constructor'].map(nameNow)).toEqual([
      'tiles',
      'tiles',
      'tiles',
      undefined,
      undefined,
    ]);
  });

  it('lists what there is where nothing is near', () => {
    expect(() => check({ colour: 'red' })).toThrow(
      expect.objectContaining({
        message: 'generate() has no option "colour".',
        hint: expect.stringContaining('prompt, images, system, messages'),
      }),
    );
  });

  it('takes every option there is, and undefined for any name', () => {
    expect(() => check(Object.fromEntries(Object.keys(generateOptionNames).map((name) => [name, 1])))).not.toThrow();
    expect(() => check({ prompt: 'Read.', image: undefined })).not.toThrow();
  });

  it('does not compare a name of any length', () => {
    let compared = 0; // letters with letters
    const least = vi.spyOn(Math, 'min').mockImplementation((...values) => {
      compared += 1;
      return values.toSorted((a, b) => a - b)[0] as number;
    });
    try {
      expect(() => check({ ['x'.repeat(40)]: 1 })).toThrow(/has no option "x{40}"/);
      expect(compared).toBeGreaterThan(1000);
      compared = 0;
      expect(() => check({ ['x'.repeat(41)]: 1 })).toThrow(/has no option "x{40}…"/);
      expect(compared).toBe(0);
    } finally {
      least.mockRestore();
    }
    expect(() => check({ ['x'.repeat(5_000_000)]: 1 })).toThrow(/has no option "x{40}…"/);
  });

  it('does not take inherited names for options', () => {
    for (const name of ['constructor', 'toString']) expect(() => check({ [name]: 1 })).toThrow(/has no option/);
  });
});
