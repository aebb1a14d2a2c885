import { expect, test } from 'vitest';
import { JsonBounds } from '../../../src/bodies/json-bounds.ts';

/** Whether the text passes, taken in pieces of `size` bytes. */
function passes(text: string, size = text.length): boolean {
  const bounds = new JsonBounds();
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; at += size) bounds.take(bytes.subarray(at, at + size));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: expect.any(String) });
    return false;
  }
}

test('depth and number of values are bounded, however the bytes are cut', () => {
  for (const size of [1, 2, 3, 7, 1 << 20]) {
    expect([size, passes('['.repeat(100) + ']'.repeat(100), size)]).toEqual([size, true]);
    expect([size, passes('['.repeat(101) + ']'.repeat(101), size)]).toEqual([size, false]);
    expect([size, passes(`${'{"a":'.repeat(101)}1${'}'.repeat(101)}`, size)]).toEqual([size, false]);
  }
  expect(passes(`[${'[],'.repeat(49_000)}0]`)).toBe(true);
  expect(passes('[],'.repeat(60_000))).toBe(false);
  expect(passes('{"a":1},'.repeat(60_000))).toBe(false);
});

test('what stands in strings does not count, escaped quotation marks included', () => {
  const brackets = '['.repeat(200);
  for (const size of [1, 2, 3, 5, 8, 1 << 20]) {
    for (const text of [
      `"${brackets}"`,
      `"\\"${brackets}"`,
      `"\\\\","${brackets}"`,
      `"a\\u0022${brackets}\\\\\\"${brackets}"`,
      `["","${brackets}",""]`,
    ]) {
      expect([size, text.slice(0, 12), passes(text, size)]).toEqual([size, text.slice(0, 12), true]);
    }
    expect([size, passes(`"\\\\"${brackets}`, size)]).toEqual([size, false]);
    expect([size, passes(`"x"${brackets}`, size)]).toEqual([size, false]);
  }
});

test('agrees with JSON.parse on where strings end', () => {
  const letters = ['"', '\\', '[', ']', 'a', ',', '\\"', '\\\\'];
  let seed = 7;
  const next = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed;
  };
  for (let round = 0; round < 300; round += 1) {
    const value = Array.from({ length: 1 + (next() % 4) }, () =>
      Array.from({ length: next() % 12 }, () => letters[next() % letters.length]).join(''),
    );
    const text = JSON.stringify(value);
    // Behind the array its strings are over: brackets count again, and all of them.
    expect([text, passes(text + '['.repeat(100), 1 + (next() % 5))]).toEqual([text, true]);
    expect([text, passes(text + '['.repeat(101), 1 + (next() % 5))]).toEqual([text, false]);
  }
});
