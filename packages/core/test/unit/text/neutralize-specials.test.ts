import { describe, expect, it } from 'vitest';
import { neutralizeSpecials } from '../../../src/text/neutralize-specials.ts';

describe('neutralizeSpecials', () => {
  it('leaves text alone that spells nothing special', () => {
    expect(neutralizeSpecials('a < b | c > d 😀 \ud83d', ['<img>', '<|end|>'])).toEqual({ text: 'a < b | c > d 😀 \ud83d', found: [] });
  });

  it('puts a joiner after the first character of each name and says which were there', () => {
    expect(neutralizeSpecials('x<|end|>y<img><|end|>', ['<img>', '<|end|>', '<box>'])).toEqual({
      text: 'x<\u200d|end|>y<\u200dimg><\u200d|end|>',
      found: ['<|end|>', '<img>'],
    });
  });

  it('breaks names that overlap or contain each other', () => {
    const names = ['abc', 'bcd', 'cd'];
    const { text, found } = neutralizeSpecials('abcd', names);
    expect(text).toBe('a\u200db\u200dc\u200dd');
    expect(found).toEqual(names);
  });

  it('breaks a name that starts with a surrogate pair after the pair', () => {
    expect(neutralizeSpecials('😀x', ['😀x']).text).toBe('😀\u200dx');
  });

  it('has nothing more to do the second time', () => {
    const names = ['<img>', '<image>', '<|end|>'];
    const once = neutralizeSpecials('<image><img><|e<|end|>nd|>', names).text;
    expect(neutralizeSpecials(once, names)).toEqual({ text: once, found: [] });
  });
});
