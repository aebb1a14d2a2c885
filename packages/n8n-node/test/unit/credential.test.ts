import type { IHttpRequestOptions } from 'n8n-workflow';
import { expect, test } from 'vitest';
import { H2ovlApi } from '../../credentials/H2ovlApi.credentials.ts';

const request: IHttpRequestOptions = { url: '/v1/models', headers: { accept: 'application/json' } };

test('an empty key leaves the headers alone', async () => {
  const sent = await new H2ovlApi().authenticate({ baseUrl: 'x', apiKey: '  ', ignoreSslIssues: false }, request);
  expect(sent).toEqual(request);
});

test('a key is added beside the other headers', async () => {
  const sent = await new H2ovlApi().authenticate({ baseUrl: 'x', apiKey: 'k' }, request);
  expect(sent.headers).toEqual({ accept: 'application/json', Authorization: 'Bearer k' });
});

test('the switch for certificates reaches the request', async () => {
  const sent = await new H2ovlApi().authenticate({ baseUrl: 'x', apiKey: '', ignoreSslIssues: true }, request);
  expect(sent.skipSslCertificateValidation).toBe(true);
});

test('the default address is the one a server listens at', async () => {
  const { defaultBaseUrl } = await import('@h2ovl/contract/wire');
  expect(new H2ovlApi().properties.find(({ name }) => name === 'baseUrl')?.default).toBe(defaultBaseUrl);
});
