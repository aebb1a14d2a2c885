import { checkOptions, type OptionNames, VisionError } from '@h2ovl/contract';
import { defaultBaseUrl } from '@h2ovl/contract/wire';

/** How to reach a server. */
export interface ClientOptions {
  /** Address of the server, with or without a trailing `/v1`. @default H2OVL_BASE_URL, else http://127.0.0.1:7878 */
  readonly baseURL?: string | URL;
  /** Sent as a bearer token; a function is asked before every attempt. @default H2OVL_API_KEY, else none */
  readonly apiKey?: string | (() => string | Promise<string>);
  /** Milliseconds a whole call may take, waits and retries included; Infinity for no limit. @default 600000 */
  readonly timeout?: number;
  /** How often to try again after a lost connection, 429 or 503, as long as no answer has begun. @default 2 */
  readonly maxRetries?: number;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** What one call, or all calls of one model, may change. */
export interface RequestOptions {
  /** Stops the call, which rejects with `signal.reason` untouched. */
  readonly signal?: AbortSignal;
  /** Milliseconds a whole call may take. */
  readonly timeout?: number;
  readonly maxRetries?: number;
  /** Added to the client's headers; the same name wins over them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Complete options: what requests are made of. */
export interface Connection {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly apiKey: string | (() => string | Promise<string>) | undefined;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
}

const requestOptionNames: OptionNames<RequestOptions> = { signal: true, timeout: true, maxRetries: true, headers: true };
const clientOptionNames: OptionNames<ClientOptions> = {
  baseURL: true,
  apiKey: true,
  timeout: true,
  maxRetries: true,
  headers: true,
  fetch: true,
};

const defaultTimeoutMs = 600_000; // a page of the larger model on a slow laptop takes minutes
const defaultMaxRetries = 2;

/** Reads options and environment once. Throws VisionError INVALID_ARGUMENT for values that make no sense and for options that do not exist. */
export function readClientOptions(options: ClientOptions): Connection {
  checkOptions(options, clientOptionNames, 'VisionClient');
  const fetch = options.fetch;
  return {
    baseUrl: readBaseUrl(options.baseURL ?? readEnvironment('H2OVL_BASE_URL') ?? defaultBaseUrl),
    apiKey: options.apiKey ?? readEnvironment('H2OVL_API_KEY'),
    timeoutMs: readTimeout(options.timeout ?? defaultTimeoutMs),
    maxRetries: readRetries(options.maxRetries ?? defaultMaxRetries),
    headers: lowerCase(options.headers ?? {}),
    // Looked up at each call, so that a replaced global (a proxy, a test) counts.
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}

/** The connection with what a call or a model changes. `where` names the call in the message for an option that does not exist. */
export function applyRequestOptions(connection: Connection, options: RequestOptions, where: string): Connection {
  checkOptions(options, requestOptionNames, where);
  return {
    ...connection,
    timeoutMs: options.timeout === undefined ? connection.timeoutMs : readTimeout(options.timeout),
    maxRetries: options.maxRetries === undefined ? connection.maxRetries : readRetries(options.maxRetries),
    headers: { ...connection.headers, ...lowerCase(options.headers ?? {}) },
  };
}

function readBaseUrl(value: string | URL): string {
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new VisionError('INVALID_ARGUMENT', `baseURL is ${JSON.stringify(text)}, which is not an http(s) address.`, {
      param: 'baseURL',
      hint: `Write it like ${defaultBaseUrl}.`,
    });
  }
  return text
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
    .replace(/\/v1$/, '')
    .replace(/\/+$/, '');
}

function readTimeout(value: number): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new VisionError('INVALID_ARGUMENT', `timeout is ${String(value)}; it must be a number of milliseconds above 0.`, {
    param: 'timeout',
    hint: 'Use Infinity for no limit.',
  });
}

function readRetries(value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw new VisionError('INVALID_ARGUMENT', `maxRetries is ${String(value)}; it must be a whole number from 0 up.`, {
    param: 'maxRetries',
    hint: 'Leave it out for its default.',
  });
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function readEnvironment(name: string): string | undefined {
  const value = globalThis.process?.env?.[name];
  return value === undefined || value === '' ? undefined : value;
}
