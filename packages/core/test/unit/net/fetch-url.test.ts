import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchImage } from '../../../src/documents/fetch-image.ts';
import { type FetchOutcome, type FetchUrlOptions, fetchUrl } from '../../../src/net/fetch-url.ts';
import type { Resolve } from '../../../src/net/http-client.ts';
import { openTlsServer, type TlsServer } from '../../helpers/tls-server.ts';

const secret = 'the text of an internal page';

/** What the server answers, by path; every path that must not be reached answers with the secret. */
const answers: Readonly<Record<string, RequestListener>> = {
  '/page.png': (_, response) => response.end(Buffer.from([1, 2, 3])),
  '/moved': (_, response) => response.writeHead(302, { location: '/page.png' }).end(),
  '/loop': (_, response) => response.writeHead(307, { location: '/loop' }).end(),
  '/to-loopback': (_, response) => response.writeHead(302, { location: `https://127.0.0.1:${server.port}/internal` }).end(),
  '/to-localhost': (_, response) => response.writeHead(302, { location: `https://localhost:${server.port}/internal` }).end(),
  '/to-other': (_, response) => response.writeHead(302, { location: `https://other.example:${server.port}/internal` }).end(),
  '/to-http': (_, response) => response.writeHead(302, { location: 'http://images.example/page.png' }).end(),
  '/to-file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
};

let server: TlsServer;
let listed: readonly string[];
beforeAll(async () => {
  server = await openTlsServer(['images.example', 'localhost', 'other.example'], (request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer) answer(request, response);
    else response.end(secret);
  });
  listed = [`images.example:${server.port}`];
});
afterAll(() => server.close());

const loopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const get = (address: string, options: Partial<FetchUrlOptions> = {}): Promise<FetchOutcome> =>
  fetchUrl(new URL(address), { maxBytes: 1000, ca: server.ca, resolve: loopback, ...options });
const forbidden = expect.objectContaining({ type: 'forbidden' });

describe('fetchUrl', () => {
  it('fetches from a listed private host, also behind a redirect of its own', async () => {
    const bytes = Buffer.from([1, 2, 3]);
    expect(await get(`https://images.example:${server.port}/page.png`, { privateHosts: listed })).toEqual({ type: 'fetched', bytes });
    expect(await get(`https://images.example:${server.port}/moved`, { privateHosts: ['images.example'] })).toEqual({
      type: 'fetched',
      bytes,
    });
  });

  it.each([
    'https://127.0.0.1/internal',
    'https://127.1/internal',
    'https://2130706433/internal',
    'https://0177.0.0.1/internal',
    'https://0x7f000001/internal',
    'https://0x7f.0.0.1/internal',
    'https://0x7f.1/internal',
    'https://017700000001/internal',
    'https://0.0.0.0/internal',
    'https://0/internal',
    'https://127.0.0.1./internal',
    'https://１２７.0.0.1/internal',
    'https://%31%32%37.0.0.1/internal',
    'https://localhost./internal',
    'https://[::]/internal',
    'https://[0:0:0:0:0:0:0:1]/internal',
    'https://[::127.0.0.1]/internal',
    'https://[::ffff:0:127.0.0.1]/internal',
    'https://[64:ff9b:1::127.0.0.1]/internal',
    'https://[2002:7f00:1::1]/internal',
    'https://[2001:0:7f00:1::1]/internal',
    'https://[fd00::1]/internal',
    'https://[::1]/internal',
    'https://[::ffff:127.0.0.1]/internal',
    'https://[::ffff:7f00:1]/internal',
    'https://[64:ff9b::127.0.0.1]/internal',
    'https://[fe80::1]/internal',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/internal',
    'https://localhost/internal',
    'https://images.example/internal',
  ])('refuses %s and connects to nobody', async (address) => {
    const before = server.requests.length;
    const url = new URL(address);
    url.port = String(server.port);
    expect(await get(url.href)).toEqual(forbidden);
    expect(server.requests.length).toBe(before);
  });

  it.each(['http://images.example/page.png', 'https://user:word@images.example/page.png'])('refuses %s', async (address) => {
    expect(await get(address, { privateHosts: ['images.example'] })).toEqual(forbidden);
  });

  it.each(['/to-loopback', '/to-localhost', '/to-http', '/to-file', '/loop'])('refuses what %s redirects to', async (path) => {
    const address = `https://images.example:${server.port}${path}`;
    expect(await get(address, { privateHosts: listed })).toEqual(forbidden);
    expect(server.requests.filter((request) => request.includes('internal'))).toEqual([]);
  });

  it('looks a name up once and connects to what was checked: a name that changes its answer gains nothing', async () => {
    const address = `https://other.example:${server.port}/page.png`;
    const answer = (first: string, later: string): { readonly resolve: Resolve; count: () => number } => {
      let lookups = 0;
      const resolve: Resolve = async () => {
        lookups += 1;
        return [{ address: lookups === 1 ? first : later, family: 4 }];
      };
      return { resolve, count: () => lookups };
    };
    // The address that was checked first is the one that is connected to: the second would refuse the connection.
    const kept = answer('127.0.0.1', '127.0.0.9');
    expect(await get(address, { resolve: kept.resolve, privateHosts: ['other.example'] })).toMatchObject({ type: 'fetched' });
    expect(kept.count()).toBe(1);
    const refused = answer('127.0.0.1', '8.8.8.8');
    expect(await get(address, { resolve: refused.resolve })).toEqual(forbidden);
    expect(refused.count()).toBe(1);
  });

  it('looks at the answer of every hop: a name that turns inward on the way is refused', async () => {
    let lookups = 0;
    const turning: Resolve = async (hostname) => {
      if (hostname !== 'other.example') return loopback(hostname);
      lookups += 1;
      return [{ address: '10.0.0.7', family: 4 }];
    };
    expect(await get(`https://images.example:${server.port}/to-other`, { privateHosts: listed, resolve: turning })).toEqual(forbidden);
    expect([lookups, server.requests.filter((request) => request.includes('internal'))]).toEqual([1, []]);
  });

  it.each(['::1', '::ffff:127.0.0.1', '::ffff:a00:1', '64:ff9b::a9fe:a9fe', 'fe80::1%lo', '169.254.169.254', '0.0.0.0', 'not an address'])(
    'refuses a name that resolves to %s',
    async (address) => {
      const before = server.requests.length;
      const resolve: Resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
      expect(await get(`https://other.example:${server.port}/internal`, { resolve })).toEqual(forbidden);
      expect(server.requests.length).toBe(before);
    },
  );

  it('refuses a name when only one of its addresses is private', async () => {
    const mixed: Resolve = async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    expect(await get(`https://other.example:${server.port}/internal`, { resolve: mixed })).toEqual(forbidden);
  });

  it('never uses a proxy', async () => {
    process.env.HTTPS_PROXY = 'http://127.0.0.1:9';
    try {
      expect(await get(`https://images.example:${server.port}/page.png`, { privateHosts: listed })).toMatchObject({ type: 'fetched' });
    } finally {
      delete process.env.HTTPS_PROXY;
    }
  });

  it('says nothing about the answer in its error', async () => {
    for (const path of ['/to-loopback', '/to-localhost']) {
      const url = new URL(`https://images.example:${server.port}${path}`);
      const options = { maxBytes: 1000, ca: server.ca, resolve: loopback, privateHosts: listed };
      const error = await fetchImage(url, 'images.example', options).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect((error as Error).cause).toBeUndefined();
      expect(JSON.stringify([(error as Error).message, error])).not.toMatch(/127\.0|internal|localhost/);
    }
  });

  it('is refused altogether when the network is switched off', async () => {
    process.env.H2OVL_OFFLINE = '1';
    try {
      await expect(get(`https://images.example:${server.port}/page.png`, { privateHosts: listed })).rejects.toMatchObject({
        code: 'NETWORK_FORBIDDEN',
      });
    } finally {
      delete process.env.H2OVL_OFFLINE;
    }
  });
});
