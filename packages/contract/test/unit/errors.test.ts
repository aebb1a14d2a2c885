import { describe, expect, it } from 'vitest';
import * as contract from '../../src/index.ts';

type ErrorClass = { readonly name: string; readonly isInstance: (value: unknown) => boolean; readonly prototype: object };

const { VisionError } = contract;
const isErrorClass = (value: unknown): boolean =>
  typeof value === 'function' && (value === VisionError || value.prototype instanceof VisionError);
const classes = Object.values(contract).filter(isErrorClass) as unknown as readonly ErrorClass[];

const output = { text: '{}', issues: [{ path: ['total'], message: 'is missing' }], finishReason: 'stop' };
const one: Readonly<Record<string, contract.VisionError>> = {
  VisionError: new VisionError('SESSION_FAILED', 'Broken.'),
  ContextOverflowError: new contract.ContextOverflowError(10, 5),
  OutputInvalidError: new contract.OutputInvalidError('No.', output),
  CheckpointError: new contract.CheckpointError('MODEL_FILE_CORRUPT', 'Bad.', { file: 'a', tensor: 't' }),
  BusyError: new contract.BusyError('Full.', { retryAfterMs: 2000 }),
  ConnectionError: new contract.ConnectionError('Lost.', { url: 'http://h' }),
  TimeoutError: new contract.TimeoutError('Late.'),
  APIError: new contract.APIError('METHOD_NOT_ALLOWED', 'No.'),
  AuthenticationError: new contract.AuthenticationError('No key.'),
  PermissionDeniedError: new contract.PermissionDeniedError('Not here.'),
  NotFoundError: new contract.NotFoundError('Nothing.'),
  ServerError: new contract.ServerError('INTERNAL', 'Failed.'),
};
const parents: Readonly<Record<string, string>> = {
  TimeoutError: 'ConnectionError',
  AuthenticationError: 'APIError',
  PermissionDeniedError: 'APIError',
  NotFoundError: 'APIError',
  ServerError: 'APIError',
};

describe('the error tree', () => {
  it('has one root, and a sample of every class in this test', () => {
    expect(classes.map(({ name }) => name).sort()).toEqual(Object.keys(one).sort());
  });

  it.each(Object.keys(one))('%s carries its name, its code and its options', (name) => {
    const error = one[name] as contract.VisionError;
    expect(error).toBeInstanceOf(VisionError);
    expect(error.name).toBe(name);
    expect(error.code).toMatch(/^[A-Z_]+$/);
  });

  it('keeps hint, param, response and cause', () => {
    const options = { hint: 'Wait.', param: 'images[1]', response: { url: 'http://h', status: 429, headers: {} }, cause: new Error('x') };
    expect(new contract.BusyError('Full.', options)).toMatchObject(options);
    expect(new contract.ConnectionError('Lost.', options).url).toBe('http://h');
  });

  it('is recognised by a mark of its own per class, also across copies of the package', () => {
    for (const type of classes) {
      for (const [name, error] of Object.entries(one)) {
        const isOne = name === type.name || type.name === 'VisionError' || parents[name] === type.name;
        expect([type.name, name, type.isInstance(error)]).toEqual([type.name, name, isOne]);
      }
      expect(type.isInstance({ [Symbol.for(`h2ovl.${type.name}`)]: true })).toBe(true);
      expect([type.isInstance(new Error('other')), type.isInstance(null), type.isInstance('text')]).toEqual([false, false, false]);
    }
  });

  it('names both numbers of a prompt that does not fit, and the next move', () => {
    expect(one.ContextOverflowError).toMatchObject({
      message: 'The prompt has 10 tokens; this model reads 5, the answer included.',
      hint: expect.stringContaining('tiles'),
    });
    expect(new contract.ContextOverflowError(10, 5, { hint: 'Mine.' }).hint).toBe('Mine.');
  });
});
