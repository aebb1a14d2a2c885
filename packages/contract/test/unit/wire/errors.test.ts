import { describe, expect, it } from 'vitest';
import {
  APIError,
  AuthenticationError,
  BusyError,
  CheckpointError,
  ContextOverflowError,
  NotFoundError,
  OutputInvalidError,
  PermissionDeniedError,
  ServerError,
  VisionError,
} from '../../../src/index.ts';
import {
  createError,
  createStatusError,
  type ErrorContent,
  errorStatuses,
  readError,
  readRetryAfter,
  type WireErrorCode,
  writeError,
} from '../../../src/wire/index.ts';

const response = { url: 'http://h/v1', status: 500, requestId: 'r', headers: { 'retry-after': '2' } };

describe('an error over HTTP', () => {
  const issues = [{ path: ['lines', 0, 'total'], message: 'must be number' }];
  const errors: readonly VisionError[] = [
    new ContextOverflowError(5000, 4096, { hint: 'Lower the option tiles.' }),
    new OutputInvalidError(
      'It does not fit.',
      { text: '{"total":"x"}', issues, finishReason: 'length', partial: { total: 'x' } },
      { hint: 'Ask again.' },
    ),
    new CheckpointError('MODEL_FILE_CORRUPT', 'model.safetensors is cut.', { file: 'model.safetensors', tensor: 'head' }, { hint: 'h' }),
    new CheckpointError('MODEL_UNSUPPORTED', 'config.json is of another model.', { file: 'config.json' }),
    new BusyError('The queue is full.', { retryAfterMs: 2000, hint: 'Wait.' }),
    new AuthenticationError('No key.'),
    new PermissionDeniedError('Not under this name.'),
    new NotFoundError('Nothing there.'),
    new ServerError('INTERNAL', 'It failed.'),
    new ServerError('MODEL_LOADING', 'Not yet.'),
    new APIError('BODY_TOO_LARGE', 'Too large.'),
    new APIError('METHOD_NOT_ALLOWED', 'No PUT.'),
    new APIError('UNSUPPORTED_MEDIA_TYPE', 'No XML.'),
    new VisionError('IMAGE_UNREADABLE', 'page.png is damaged.', { param: 'messages[0].content[1]', hint: 'Scan it again.' }),
    new VisionError('MODEL_NOT_FOUND', 'There is no 9b.', { param: 'model' }),
    new VisionError('SESSION_FAILED', 'Out of memory.'),
  ];

  it.each(errors.map((error) => [error.name, error.code, error] as const))(
    'is the same %s with %s on the other side',
    (_name, _code, error) => {
      const body: unknown = JSON.parse(JSON.stringify(writeError(error)));
      const content = readError(body);
      const arrived = createError(content as ErrorContent, response);
      expect(arrived.constructor).toBe(error.constructor);
      expect({ ...arrived, response: undefined }).toEqual({ ...error, response: undefined });
      expect([arrived.name, arrived.message, arrived.response]).toEqual([error.name, error.message, response]);
    },
  );

  it('has a class for every code HTTP carries, and its code', () => {
    const details = { message: 'No.', param: undefined, hint: undefined, output: undefined, context: undefined, checkpoint: undefined };
    for (const code of Object.keys(errorStatuses) as WireErrorCode[]) {
      expect(createError({ ...details, code }, response)).toMatchObject({ code, message: 'No.' });
    }
    expect(createError({ ...details, code: 'OUTPUT_INVALID' }, response)).toBeInstanceOf(OutputInvalidError);
  });

  it('goes by the status where the code is none of ours', () => {
    const content = readError({ error: { message: 'Key?', code: 'invalid_api_key' } }) as ErrorContent;
    expect(createError(content, { ...response, status: 401 })).toBeInstanceOf(AuthenticationError);
  });

  it('tells a code that only a client has as INTERNAL', () => {
    expect(writeError(new VisionError('RESPONSE_INVALID', 'x')).error).toMatchObject({ code: 'INTERNAL', type: 'server_error' });
  });

  it.each([
    ['UNAUTHORIZED', 'authentication_error'],
    ['FORBIDDEN', 'permission_error'],
    ['NOT_FOUND', 'not_found_error'],
    ['QUEUE_FULL', 'rate_limit_error'],
    ['INVALID_ARGUMENT', 'invalid_request_error'],
    ['SESSION_FAILED', 'server_error'],
  ] as const)('has OpenAI’s class for %s: %s', (code, type) => {
    expect(writeError(new VisionError(code, 'No.')).error.type).toBe(type);
  });
});

describe('createStatusError', () => {
  it.each([
    [400, VisionError, 'INVALID_ARGUMENT'],
    [401, AuthenticationError, 'UNAUTHORIZED'],
    [403, PermissionDeniedError, 'FORBIDDEN'],
    [404, NotFoundError, 'NOT_FOUND'],
    [405, APIError, 'METHOD_NOT_ALLOWED'],
    [413, APIError, 'BODY_TOO_LARGE'],
    [415, APIError, 'UNSUPPORTED_MEDIA_TYPE'],
    [422, VisionError, 'INVALID_ARGUMENT'],
    [429, BusyError, 'QUEUE_FULL'],
    [500, ServerError, 'INTERNAL'],
    [502, ServerError, 'INTERNAL'],
    [503, ServerError, 'MODEL_LOADING'],
    [418, APIError, 'RESPONSE_INVALID'],
  ] as const)('has a class and a code for %i', (status, expected, code) => {
    const error = createStatusError('No.', { response: { ...response, status } });
    expect(error.constructor).toBe(expected);
    expect(error).toMatchObject({ code, message: 'No.', response: { status, requestId: 'r' } });
    if (status === 429) expect(error).toMatchObject({ retryAfterMs: 2000 });
  });
});

describe('readRetryAfter', () => {
  it('reads seconds, fractions and dates; says undefined for the rest', () => {
    expect(readRetryAfter('2')).toBe(2000);
    expect(readRetryAfter('0.5')).toBe(500);
    expect(readRetryAfter(undefined)).toBeUndefined();
    expect(readRetryAfter(' ')).toBeUndefined();
    expect(readRetryAfter('soon')).toBeUndefined();
    expect(readRetryAfter(new Date(Date.now() + 1_000_000).toUTCString())).toBeGreaterThan(900_000);
    expect(readRetryAfter(new Date(0).toUTCString())).toBe(0);
  });

  it('reads each of the three ways in which HTTP writes a date, from the clock of the server where it told it', () => {
    const now = 'Sun, 06 Nov 1994 08:49:00 GMT';
    for (const date of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
      expect(readRetryAfter(date, now), date).toBe(37_000);
    }
    expect(readRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', 'yesterday')).toBe(0);
  });

  it('takes no number that HTTP does not know, and finds no date where none is', () => {
    for (const value of ['-3', '+3', '1e3', '0x10', 'Infinity', 'NaN', '3, 5', '5 s', 'retry 5', 'Sun', 'Sunny 5', '.5', '1.', '\u0000']) {
      expect(readRetryAfter(value), value).toBeUndefined();
    }
    expect(readRetryAfter('9'.repeat(400))).toBe(Number.POSITIVE_INFINITY);
  });
});
