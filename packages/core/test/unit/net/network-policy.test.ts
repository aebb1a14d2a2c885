import { describe, expect, it } from 'vitest';
import { openDirectClient, openProxiedClient } from '../../../src/net/http-client.ts';
import { allowNetwork, checkPermit, forbidNetwork, isNetworkForbidden } from '../../../src/net/network-policy.ts';

const noProxy = { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined };
const refusal = { code: 'NETWORK_FORBIDDEN', hint: expect.stringMatching(/offline/) };

describe('the network policy', () => {
  it.each([
    ['1', true],
    ['true', true],
    ['yes', true],
    ['0', false],
    ['false', false],
    ['', false],
    [undefined, false],
  ])('reads H2OVL_OFFLINE=%s', (value, expected) => {
    expect(isNetworkForbidden({ H2OVL_OFFLINE: value })).toBe(expected);
  });

  it('gives no permit while the setting is on', () => {
    expect(() => allowNetwork('download a model', { H2OVL_OFFLINE: '1' })).toThrow(expect.objectContaining(refusal));
  });

  it('takes no made-up permit, and none for another use', async () => {
    const madeUp = { use: 'download a model' } as const;
    await expect(openProxiedClient(madeUp, 'download a model', noProxy)).rejects.toMatchObject(refusal);
    await expect(openDirectClient(allowNetwork('download a model', {}), 'fetch an image', async () => [])).rejects.toMatchObject(refusal);
  });

  // Last, because it holds for the rest of the process.
  it('switched off for the process, takes back what it gave', async () => {
    const permit = allowNetwork('download a model', {});
    const client = await openProxiedClient(permit, 'download a model', noProxy);
    forbidNetwork();
    await expect(client.get(new URL('http://127.0.0.1:9/'))).rejects.toMatchObject(refusal);
    expect(() => checkPermit(permit, 'download a model')).toThrow(expect.objectContaining(refusal));
    expect(isNetworkForbidden({})).toBe(true);
    await client.close();
  });
});
