import { expect, it } from 'vitest';
import { checkByteCount, checkPixelCount, resolveImageLimits } from '../../../src/documents/image-limits.ts';

it('knows a limit for everything, and takes the caller’s in its place', () => {
  expect(resolveImageLimits()).toEqual({ maxBytes: 200_000_000, maxPixels: 200_000_000 });
  expect(resolveImageLimits({ maxPixels: 5 })).toEqual({ maxBytes: 200_000_000, maxPixels: 5 });
});

it.each([{ maxBytes: 0 }, { maxPixels: 1.5 }, { maxBytes: Number.NaN }])('refuses %j by name', (limits) => {
  const [name] = Object.keys(limits);
  expect(() => resolveImageLimits(limits)).toThrow(new RegExp(`imageLimits\\.${name} is`));
});

it('names in every refusal the option that raises the limit', () => {
  expect(() => checkByteCount('a.png', 11, 10)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(/raise maxBytes \(in imageLimits .* options of a document\)/) }),
  );
  expect(() => checkPixelCount('a.png', 5, 5, 10)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(/raise maxPixels \(in imageLimits .* options of a document\)/) }),
  );
});
