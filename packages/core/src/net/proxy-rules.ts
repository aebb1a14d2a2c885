/** Proxy settings as the ecosystem's environment variables name them. */
export interface ProxySettings {
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
}

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The proxy through which an address is reached; undefined for a direct connection. */
export function proxyFor(url: URL, { httpProxy, httpsProxy, noProxy }: ProxySettings): string | undefined {
  const proxy = url.protocol === 'https:' ? httpsProxy : httpProxy;
  return proxy && !isExcluded(url, noProxy ?? '') ? proxy : undefined;
}

/**
 * NO_PROXY is a list of hosts, with commas or spaces between: `*` for all, `example.org` for it and what lies below it, also as `.example.org` or
 * `*.example.org`, each with a port or without.
 */
function isExcluded({ protocol, hostname, port }: URL, noProxy: string): boolean {
  const ownPort = port || defaultPorts[protocol];
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, host = entry, entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\*?\./, '')) ?? [];
      if (entryPort !== undefined && entryPort !== ownPort) return false;
      return hostname === host || hostname.endsWith(`.${host}`);
    });
}
