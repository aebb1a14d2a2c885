import { expect, it } from 'vitest';
import { RecentMap } from '../../../src/store/recent-map.ts';

it('keeps values up to a size, and those used longest ago make room', () => {
  const map = new RecentMap<string>({ maxSize: 10 });
  map.set('a', 'A', 4);
  map.set('b', 'B', 4);
  expect(map.get('a')).toBe('A');
  map.set('c', 'C', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual(['A', undefined, 'C']);
});

it('counts a value that is set again once, and drops it where it has become too large', () => {
  const map = new RecentMap<string>({ maxSize: 10 });
  map.set('a', 'A', 6);
  map.set('b', 'B', 4);
  map.set('a', 'new', 6);
  expect([map.get('a'), map.get('b')]).toEqual(['new', 'B']);
  map.set('a', 'huge', 11);
  expect([map.get('a'), map.get('b')]).toEqual([undefined, 'B']);
});

it('keeps at most so many, nothing where no size is allowed, and forgets when told to', () => {
  const few = new RecentMap<number>({ maxSize: 100, maxCount: 2 });
  for (const [index, key] of ['a', 'b', 'c'].entries()) few.set(key, index, 1);
  expect([few.get('a'), few.get('b'), few.get('c')]).toEqual([undefined, 1, 2]);
  const counted = new RecentMap<string>({ maxCount: 2 });
  for (const key of ['a', 'b']) counted.set(key, key);
  expect(counted.get('a')).toBe('a');
  counted.set('c', 'c');
  expect([counted.get('a'), counted.get('b'), counted.get('c')]).toEqual(['a', undefined, 'c']);
  counted.delete('a');
  counted.set('d', 'd');
  expect([counted.get('a'), counted.get('c'), counted.get('d')]).toEqual([undefined, 'c', 'd']);
  few.clear();
  expect(few.get('c')).toBeUndefined();
  few.set('d', 3, 100);
  expect(few.get('d')).toBe(3);
  const none = new RecentMap<number>({ maxSize: 0 });
  none.set('a', 1, 1);
  expect(none.get('a')).toBeUndefined();
});
