import { expect, test } from 'vitest';
import { crc32 } from '../../../src/lines/crc32.ts';

test('checksums are those of PNG', () => {
  expect(crc32(Buffer.from('IEND'))).toBe(0xae426082);
});
