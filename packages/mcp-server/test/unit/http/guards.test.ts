import { expect, test } from 'vitest';
import { checkRequest, type GuardOptions } from '../../../src/http/guards.ts';
import { isLoopback } from '../../../src/loopback.ts';

const local: GuardOptions = { host: '127.0.0.1', allowedHosts: [], allowedOrigins: [], token: undefined };

function check(headers: Record<string, string>, options: GuardOptions = local): string {
  try {
    checkRequest({ headers: new Headers(headers) } as Request, options);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('takes the names of this machine with any port', () => {
  for (const host of ['127.0.0.1:7878', 'localhost', 'LOCALHOST:1', '[::1]:7878']) expect([host, check({ host })]).toEqual([host, 'ok']);
});

test('refuses a foreign, missing or malformed Host', () => {
  const hosts = [
    'evil.example.com',
    'evil.example.com:7878',
    '127.0.0.1.evil.com',
    '192.168.1.5',
    '',
    'localhost@evil.com',
    'localhost/x',
    'a b',
  ];
  for (const host of hosts) expect([host, check({ host })]).toEqual([host, 'FORBIDDEN']);
  expect(check({})).toBe('FORBIDDEN');
});

test('refuses a foreign Origin, `null` included, and takes a local one', () => {
  const host = 'localhost:7878';
  for (const origin of ['http://evil.example.com', 'null', 'file://', 'chrome-extension://abc', 'http://localhost.evil.com', 'nonsense']) {
    expect([origin, check({ host, origin })]).toEqual([origin, 'FORBIDDEN']);
  }
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8443']) expect(check({ host, origin })).toBe('ok');
});

test('takes further hosts by name, and literal addresses when bound to all', () => {
  const everywhere: GuardOptions = { host: '0.0.0.0', allowedHosts: ['h2ovl'], allowedOrigins: [], token: 'secret' };
  const authorization = 'Bearer secret';
  for (const host of ['h2ovl:7878', '192.168.1.5:7878', '[fe80::1]', 'localhost'])
    expect([host, check({ host, authorization }, everywhere)]).toEqual([host, 'ok']);
  expect(check({ host: 'other', authorization }, everywhere)).toBe('FORBIDDEN');
  expect(check({ host: '192.168.1.6', authorization }, { ...everywhere, host: '192.168.1.5' })).toBe('FORBIDDEN');
});

test('with a token every request needs it', () => {
  const options: GuardOptions = { ...local, token: 'secret' };
  const host = 'localhost';
  for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer wrong', 'Bearer secretsecret', 'Basic secret', 'secret']) {
    expect([authorization, check({ host, authorization }, options)]).toEqual([authorization, 'UNAUTHORIZED']);
  }
  expect(check({ host }, options)).toBe('UNAUTHORIZED');
  for (const authorization of ['Bearer secret', 'bearer secret']) expect(check({ host, authorization }, options)).toBe('ok');
});

test('knows loopback addresses', () => {
  expect(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '127.evil.com', '10.0.0.1', ''].some(isLoopback)).toBe(false);
});
