import { describe, expect, it, vi } from 'vitest';
import { PartialJsonReader, parsePartialJson } from '../../src/partial-json.ts';

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

describe('PartialJsonReader', () => {
  const document = JSON.stringify(
    { a: ['x\\', 'é🧾"', -1.5e-3, [], {}], b: { c: null, d: [true, { e: 'long text '.repeat(9) }] }, f: false },
    null,
    1,
  );

  it.each([1, 2, 3, 7])('says of a text in pieces of %i what is said of it whole, at each piece', (size) => {
    const reader = new PartialJsonReader();
    let last: unknown;
    for (let at = 0; at < document.length; at += size) {
      const hasChanged = reader.push(document.slice(at, at + size));
      const whole = parsePartialJson(document.slice(0, at + size));
      expect(reader.value).toEqual(whole);
      if (!hasChanged) expect(reader.value).toEqual(last);
      last = whole;
    }
    expect(reader.value).toEqual(JSON.parse(document));
  });

  it('leaves the values that it gave as they were', () => {
    const reader = new PartialJsonReader();
    reader.push('{"rows": [{"a": "x"}, {"a": "y');
    const early = reader.value;
    reader.push('z"}], "more": 1}');
    expect(early).toEqual({ rows: [{ a: 'x' }, { a: 'y' }] });
    expect(reader.value).toEqual({ rows: [{ a: 'x' }, { a: 'yz' }], more: 1 });
  });

  it('tells when nothing is new: space, marks and keys', () => {
    const reader = new PartialJsonReader();
    expect(['{', ' ', '"ke', 'y":', ' ', '"', 'v', '"', ',', '"n":', '12', '3', '}', ' '].map((piece) => reader.push(piece))).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it('reads each character of a long answer once', () => {
    const parse = vi.spyOn(JSON, 'parse');
    const text = JSON.stringify({ note: 'word '.repeat(4000), total: 1 });
    const reader = new PartialJsonReader();
    for (let at = 0; at < text.length; at += 5) {
      reader.push(text.slice(at, at + 5));
      void reader.value;
    }
    const parsed = parse.mock.calls.reduce((sum, [piece]) => sum + piece.length, 0);
    parse.mockRestore();
    expect(reader.value).toEqual(JSON.parse(text));
    expect(parsed).toBeLessThan(2 * text.length);
  });

  it('gives up for good on text that is not JSON', () => {
    for (const text of ['{"a" 1}', '{,}', '[1,]', '{"a":1,}', '"a\nb"', '01,', '{} x', '{"a":1]', 'nulx', '"\\x"']) {
      const reader = new PartialJsonReader();
      reader.push(`${text} `);
      reader.push('[]');
      expect(reader.value, text).toBeUndefined();
    }
  });
});
