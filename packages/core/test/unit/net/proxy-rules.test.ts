import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../../src/net/proxy-rules.ts';

const [httpProxy, httpsProxy] = ['http://a.example:1', 'http://b.example:2'];
const choose = (address: string, noProxy?: string): string | undefined => proxyFor(new URL(address), { httpProxy, httpsProxy, noProxy });

describe('proxyFor', () => {
  it('chooses by the protocol', () => {
    expect(choose('http://hub.example/x')).toBe(httpProxy);
    expect(choose('https://hub.example/x')).toBe(httpsProxy);
    expect(proxyFor(new URL('https://hub.example'), { httpProxy, httpsProxy: undefined, noProxy: undefined })).toBeUndefined();
    expect(proxyFor(new URL('https://hub.example'), { httpProxy, httpsProxy: '', noProxy: undefined })).toBeUndefined();
  });

  it.each([
    ['*', true],
    ['hub.example', true],
    ['HUB.example', true],
    ['example', true],
    ['.example', true],
    ['*.example', true],
    ['other.example, hub.example', true],
    ['other.example hub.example:443', true],
    ['hub.example:80', false],
    ['ub.example', false],
    ['hub.example.org', false],
    ['', false],
  ])('NO_PROXY=%j', (noProxy, isDirect) => {
    expect(choose('https://hub.example/x', noProxy)).toBe(isDirect ? undefined : httpsProxy);
  });
});
