import { describe, expect, it } from 'vitest';
import { createStatusError, createStreamError, readRetryAfter } from '../../src/errors.ts';
import * as sdk from '../../src/index.ts';

const classes = Object.values(sdk).filter(
  (value) => typeof value === 'function' && (value === sdk.APIError || value.prototype instanceof sdk.APIError),
) as (typeof sdk.APIError)[];

describe('the error tree', () => {
  it.each([
    [400, sdk.BadRequestError],
    [401, sdk.AuthenticationError],
    [404, sdk.NotFoundError],
    [413, sdk.TooLargeError],
    [422, sdk.UnprocessableError],
    [429, sdk.BusyError],
    [500, sdk.ServerError],
    [503, sdk.ServerError],
    [403, sdk.APIError],
  ])('has a class for %i', (status, expected) => {
    const error = createStatusError('No.', { status });
    expect(error.constructor).toBe(expected);
    expect(error.name).toBe(expected.name);
    expect(error).toMatchObject({ status, message: 'No.', headers: {} });
  });

  it('puts every class below APIError, and timeouts below connection errors', () => {
    expect(classes).toHaveLength(10);
    for (const one of classes) expect(one === sdk.APIError || one.prototype instanceof sdk.APIError).toBe(true);
    expect(new sdk.APITimeoutError('Late.')).toBeInstanceOf(sdk.APIConnectionError);
  });

  it('is recognised across copies of the package by a mark of its own per class', () => {
    const foreign = (...names: string[]): object => Object.fromEntries(names.map((name) => [Symbol.for(`h2ovl.${name}`), true]));
    for (const one of classes) {
      expect(one.isInstance(foreign('APIError', one.name)), one.name).toBe(true);
      expect(one.isInstance(new Error('other')), one.name).toBe(false);
      expect(one.isInstance(null), one.name).toBe(false);
      if (one !== sdk.APIError) expect(one.isInstance(new sdk.APIError('plain')), one.name).toBe(false);
    }
    expect(sdk.APIConnectionError.isInstance(new sdk.APITimeoutError('Late.'))).toBe(true);
    expect(sdk.APIError.isInstance(createStatusError('No.', { status: 429 }))).toBe(true);
  });

  it('gives an error inside a stream the class its code stands for', () => {
    const content = {
      message: 'Full.',
      code: 'QUEUE_FULL',
      param: undefined,
      hint: 'Wait.',
      output: undefined,
      context: undefined,
      checkpoint: undefined,
    };
    expect(createStreamError(content, { status: 200, requestId: 'r' })).toMatchObject({
      name: 'BusyError',
      status: 429,
      code: 'QUEUE_FULL',
      hint: 'Wait.',
      requestId: 'r',
    });
    expect(createStreamError({ ...content, code: 'NEW_CODE' }, {})).toMatchObject({ name: 'ServerError', status: 500, code: 'NEW_CODE' });
  });

  it('keeps the answer of a 422', () => {
    const output = { text: '{"total":"x"}', finishReason: 'stop', issues: [{ path: ['total'], message: 'is string; it must be number' }] };
    expect(createStatusError('No.', { status: 422, code: 'OUTPUT_INVALID' }, output)).toMatchObject({ ...output, code: 'OUTPUT_INVALID' });
  });
});

describe('readRetryAfter', () => {
  it('reads seconds, fractions and dates; says undefined for the rest', () => {
    expect(readRetryAfter('2')).toBe(2000);
    expect(readRetryAfter('0.5')).toBe(500);
    expect(readRetryAfter('-3')).toBe(0);
    expect(readRetryAfter(undefined)).toBeUndefined();
    expect(readRetryAfter(' ')).toBeUndefined();
    expect(readRetryAfter('soon')).toBeUndefined();
    expect(readRetryAfter(new Date(Date.now() + 10_000).toUTCString())).toBeGreaterThan(8000);
    expect(readRetryAfter(new Date(0).toUTCString())).toBe(0);
  });
});
