import { describe, expect, it } from 'vitest';
import { parsePartialJson } from '../../src/partial-json.ts';

describe('parsePartialJson', () => {
  it.each([
    ['', undefined],
    ['  ', undefined],
    ['{', {}],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a": 1', {}], // may become 12
    ['{"a": 1,', { a: 1 }],
    ['{"a": 1, "b": tr', { a: 1 }],
    ['{"a": 1, "b": true', { a: 1, b: true }],
    ['{"a": "x', { a: 'x' }],
    ['{"a": "x\\', { a: 'x' }],
    ['{"a": "x\\\\', { a: 'x\\' }],
    ['{"a": "x\\u00', { a: 'x' }],
    ['{"a": "x\\u00e4', { a: 'xä' }],
    ['{"a": "x\\ud83e', { a: 'x' }], // half a surrogate pair
    ['{"a": "x\\ud83e\\uddfe"', { a: 'x🧾' }],
    ['[1, [2, {"b": "c"', [1, [2, { b: 'c' }]]],
    ['[1, 2]', [1, 2]],
    ['"abc', 'abc'],
    ['-', undefined],
    ['nul', undefined],
    ['null', null],
    ['Sorry, no', undefined],
    ['{"a": }', undefined],
    ['{a: 1}', undefined],
  ])('reads %s', (text, expected) => {
    expect(parsePartialJson(text)).toEqual(expected);
  });

  it('never throws and never takes back what it said, at any cut of a document', () => {
    const value = {
      shop: 'Café "Süd"\n🧾',
      total: -9.5e3,
      items: [{ n: 1, ok: true }, { n: 20, ok: null }, []],
      empty: {},
      __proto__x: [false],
    };
    const text = JSON.stringify(value, null, 1);
    let keys = 0;
    for (let at = 0; at <= text.length; at += 1) {
      const partial = parsePartialJson(text.slice(0, at));
      const count = Object.keys((partial ?? {}) as object).length;
      expect(count).toBeGreaterThanOrEqual(keys);
      keys = count;
    }
    expect(parsePartialJson(text)).toEqual(value);
  });

  it('keeps a key named __proto__ as data', () => {
    const parsed = parsePartialJson('{"__proto__": {"polluted": true}, "a": 1,') as Record<string, unknown>;
    expect(Object.hasOwn(parsed, '__proto__')).toBe(true);
    expect((parsed as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('gives up on absurd nesting instead of overflowing the stack', () => {
    expect(parsePartialJson('['.repeat(100_000))).toBeUndefined();
  });
});
