import { describe, expect, it } from 'vitest';
import { SseDecoder, SseOverflowError } from '../../../src/wire/index.ts';

const text = [
  ': a comment\r\n',
  'data: {"a":1}\r\n\r\n',
  'data: one\r\ndata: event\r\n\r\n',
  'event: error\ndata:two\ndata: lines\n\n',
  'data\n\n',
  ': heartbeat\n\n',
  'id: 7\rretry: 10\rdata: old Mac\r\r',
  'data: päge 🧾\n\n',
  'data: cut off',
].join('');

const expected = [
  { event: 'message', data: '{"a":1}' },
  { event: 'message', data: 'one\nevent' },
  { event: 'error', data: 'two\nlines' },
  { event: 'message', data: '' },
  { event: 'message', data: 'old Mac' },
  { event: 'message', data: 'päge 🧾' },
];

function decodePieces(pieces: readonly string[]): readonly unknown[] {
  const decoder = new SseDecoder();
  return pieces.flatMap((piece) => decoder.push(piece));
}

describe('SseDecoder', () => {
  it('reads comments, CR LF, CR, several data lines, empty data and unknown fields; drops an event that was cut off', () => {
    expect(decodePieces([text])).toEqual(expected);
  });

  it('gives the same events when the text is cut in two at every place', () => {
    for (let at = 0; at <= text.length; at += 1) {
      expect(decodePieces([text.slice(0, at), text.slice(at)]), `cut at ${at}`).toEqual(expected);
    }
  });

  it('gives the same events when every character comes alone', () => {
    expect(decodePieces(text.split(''))).toEqual(expected);
  });

  it('gives the same events when every byte comes alone through a streaming text decoder', () => {
    const utf8 = new TextDecoder();
    const pieces = [...new TextEncoder().encode(text)].map((byte) => utf8.decode(Uint8Array.of(byte), { stream: true }));
    expect(decodePieces(pieces)).toEqual(expected);
  });

  it('gives the same events for random cuts into many pieces', () => {
    let state = 1;
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    for (let round = 0; round < 300; round += 1) {
      const pieces: string[] = [];
      for (let from = 0; from < text.length; ) {
        const length = Math.floor(random() * 9);
        pieces.push(text.slice(from, from + length));
        from += length;
      }
      expect(decodePieces(pieces), `round ${round}`).toEqual(expected);
    }
  });

  it('skips a byte order mark at the start only', () => {
    expect(decodePieces(['\ufeff', 'data: a\n\ndata: \ufeffb\n\n'])).toEqual([
      { event: 'message', data: 'a' },
      { event: 'message', data: '\ufeffb' },
    ]);
  });

  it('keeps only one space from after the colon', () => {
    expect(decodePieces(['data:  a\n\ndata:b\n\n']).map((event) => (event as { data: string }).data)).toEqual([' a', 'b']);
  });

  it('takes an event of exactly the limit and refuses one character more', () => {
    const decode = (limit: number): unknown => new SseDecoder({ maxEventChars: limit }).push('data: abcd\n\n');
    expect(decode(10)).toHaveLength(1);
    expect(() => decode(9)).toThrow(SseOverflowError);
    expect(() => decode(9)).toThrow('9 characters');
  });

  it('refuses a line that never ends as soon as it is past the limit', () => {
    const decoder = new SseDecoder({ maxEventChars: 1000 });
    expect(() => {
      for (let index = 0; index < 101; index += 1) decoder.push('data: aaaa');
    }).toThrow(SseOverflowError);
  });

  it('does not count heartbeats towards the limit', () => {
    const decoder = new SseDecoder({ maxEventChars: 20 });
    for (let index = 0; index < 100; index += 1) decoder.push(': still here\n');
    expect(decoder.push('data: a\n\n')).toEqual([{ event: 'message', data: 'a' }]);
  });

  it('stays linear when a long line comes in small pieces', () => {
    const decoder = new SseDecoder();
    const pieces = ['data: ', ...new Array<string>(20_000).fill('abcdefgh'), '\n\n'];
    let events: readonly unknown[] = [];
    const looked = countCharacters(() => {
      for (const piece of pieces) events = decoder.push(piece);
    });
    expect(events).toEqual([{ event: 'message', data: 'abcdefgh'.repeat(20_000) }]);
    expect(looked).toBeGreaterThan(160_000); // each at least once
    expect(looked).toBeLessThan(10 * 160_000); // each piece again with each that follows would be 1.6 thousand millions
  });
});

/** Characters that the methods of texts look at, and that are joined, while `work` runs. */
function countCharacters(work: () => void): number {
  let count = 0;
  const oneCharacter: readonly string[] = ['charCodeAt', 'codePointAt', 'charAt', 'at', 'startsWith', 'endsWith'];
  const methods = Object.getOwnPropertyNames(String.prototype).filter((name) => name !== 'constructor' && name !== 'length');
  const owners = [...methods.map((name) => [String.prototype, name] as const), [Array.prototype, 'join'] as const];
  const kept = owners.map(([owner, name]) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const);
  for (const [owner, name, descriptor] of kept) {
    const method = descriptor?.value as (...args: unknown[]) => unknown;
    const counted = function (this: unknown, ...args: unknown[]): unknown {
      const result = method.apply(this, args);
      count += oneCharacter.includes(name) ? 1 : String(owner === Array.prototype ? result : this).length;
      return result;
    };
    Object.defineProperty(owner, name, { ...descriptor, value: counted });
  }
  try {
    work();
  } finally {
    for (const [owner, name, descriptor] of kept) Object.defineProperty(owner, name, descriptor as PropertyDescriptor);
  }
  return count;
}
