import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize } from '../../../src/terminal/format-size.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [20_886_424, '20.9 MB'],
    [1_640_000_000, '1.6 GB'],
    [5e15, '5000.0 TB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it.each([
    [640.4, '640 ms'],
    [3210, '3.2 s'],
    [245_000, '4 min 5 s'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
