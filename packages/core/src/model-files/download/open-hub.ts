import { VisionError } from '@h2ovl/contract';
import { type HttpClient, openProxiedClient } from '../../net/http-client.ts';
import { allowNetwork, type NetworkPermit } from '../../net/network-policy.ts';
import { HubClient } from './hub-client.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Makes the client of the hub; tests and embedders may bring their own. */
export type Connect = (permit: NetworkPermit) => Promise<HttpClient>;

/** A hub that can be asked, until it is closed. */
export interface OpenedHub {
  readonly hub: HubClient;
  /** What the user should know about the settings. */
  readonly notices: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens the hub that the environment names, with the variables of the ecosystem: HF_ENDPOINT (a mirror), HF_TOKEN, HTTPS_PROXY, HTTP_PROXY, NO_PROXY,
 * HF_HUB_OFFLINE. No connection is made yet.
 * @throws VisionError NETWORK_FORBIDDEN, INVALID_ARGUMENT (HF_ENDPOINT is not an address)
 */
export async function openHub(env: Environment, connect: Connect | undefined): Promise<OpenedHub> {
  const permit = allowNetwork(
    'download a model',
    env.HF_HUB_OFFLINE ? { ...env, H2OVL_OFFLINE: env.H2OVL_OFFLINE || env.HF_HUB_OFFLINE } : env,
  );
  const endpoint = readEndpoint(env.HF_ENDPOINT || 'https://huggingface.co');
  const isSafe = endpoint.protocol === 'https:' || isOwnMachine(endpoint.hostname);
  const token = env.HF_TOKEN?.trim() || undefined;
  const notices: string[] = [];
  if (token !== undefined && !isSafe) notices.push(`HF_TOKEN is not sent: ${endpoint.origin} is not encrypted.`);
  const client = await (connect ?? ((given) => openProxiedClient(given, 'download a model', readProxies(env))))(permit);
  return { hub: new HubClient({ client, endpoint, token: isSafe ? token : undefined }), notices, close: () => client.close() };
}

function readEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url;
  throw new VisionError('INVALID_ARGUMENT', `HF_ENDPOINT is ${JSON.stringify(text)}, which is not the address of a hub.`, {
    hint: 'Set it to an address such as https://huggingface.co, or leave it out.',
  });
}

function isOwnMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** The lower-case spelling wins, as in curl. */
function readProxies(env: Environment): { httpProxy: string | undefined; httpsProxy: string | undefined; noProxy: string | undefined } {
  return {
    httpProxy: env.http_proxy || env.HTTP_PROXY,
    httpsProxy: env.https_proxy || env.HTTPS_PROXY,
    noProxy: env.no_proxy || env.NO_PROXY,
  };
}
