import { describe, expect, it } from 'vitest';
import { parsePrecisions } from '../../../src/flags/parse-precisions.ts';

describe('parsePrecisions', () => {
  it.each([
    ['balanced', ['balanced']],
    ['fast, float32-int4-int8', ['fast', { vision: 'float32', language: 'int4', head: 'int8' }]],
    ['exact', undefined], // what everything is compared with
    ['int8-int8', undefined],
    ['int8-int8-int9', undefined],
    ['', undefined],
  ])('reads %j', (list, expected) => {
    expect(parsePrecisions(list)).toEqual(expected);
  });
});
