import { checkOptions, checkSignal, invalidArgument, kindOf, type OptionNames, type VisionError } from '@h2ovl/contract';
import { defaultBaseUrl } from '@h2ovl/contract/wire/answers';

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
  const { fetch, apiKey = readEnvironment('H2OVL_API_KEY'), timeout = defaultTimeoutMs, maxRetries = defaultMaxRetries } = options;
  const { baseURL = readEnvironment('H2OVL_BASE_URL') ?? defaultBaseUrl } = options;
  if (fetch !== undefined && typeof fetch !== 'function') throw invalid('fetch', 'is no function', 'Leave it out for the global fetch.');
  if (apiKey !== undefined && typeof apiKey !== 'string' && typeof apiKey !== 'function') {
    throw invalid('apiKey', `is ${kindOf(apiKey)}`, 'Pass text, or a function that gives it.'); // without its value, which may be the key
  }
  return {
    baseUrl: readBaseUrl(baseURL),
    apiKey,
    timeoutMs: readTimeout(timeout),
    maxRetries: readRetries(maxRetries),
    headers: readHeaders(options.headers),
    // Looked up at each call, so that a replaced global (a proxy, a test) counts.
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}

/** The connection with what a call or a model changes. `where` names the call in the message for an option that does not exist. */
export function applyRequestOptions(connection: Connection, options: RequestOptions, where: string): Connection {
  checkOptions(options, requestOptionNames, where);
  checkSignal(options.signal);
  return {
    ...connection,
    timeoutMs: options.timeout === undefined ? connection.timeoutMs : readTimeout(options.timeout),
    maxRetries: options.maxRetries === undefined ? connection.maxRetries : readRetries(options.maxRetries),
    headers: { ...connection.headers, ...readHeaders(options.headers) },
  };
}

/** Without a trailing slash. What stands before an `@` may be a password, so that no message repeats it. */
function readBaseUrl(value: string | URL): string {
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw invalid(
      'baseURL',
      `is ${JSON.stringify(text.replace(/^.*@/s, '…@').slice(0, 200))}, which is not an http(s) address`,
      `Write it like ${defaultBaseUrl}.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'baseURL',
      'holds a user name or a password, which fetch does not send',
      'Pass it on as headers: { authorization: "Basic …" }, or as apiKey.',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalid('baseURL', 'has a query or a fragment, which no request would carry', 'Leave out what follows ? and #.');
  }
  return text.trim().replace(/[?#]$/, '').replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '');
}

function readTimeout(value: number): number {
  if (typeof value === 'number' && value > 0) return value;
  throw invalid('timeout', `is ${nameOf(value)}, not a number of milliseconds above 0`, 'Use Infinity for no limit.');
}

function readRetries(value: number): number {
  if (Number.isInteger(value) && value >= 0) return value;
  throw invalid('maxRetries', `is ${nameOf(value)}, not a whole number from 0 up`, 'Leave it out for its default.');
}

/** The headers with names in lower case. */
function readHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const kind = Object.prototype.toString.call(headers); // a Headers or a list would look empty, and its headers would be lost
  const entries = kind === '[object Object]' ? Object.entries(headers) : undefined;
  if (entries?.every(([, value]) => typeof value === 'string') !== true) {
    throw invalid(
      'headers',
      'is no object of names and texts',
      'Write { "x-name": "value" }; of a Headers make it with Object.fromEntries.',
    );
  }
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

function invalid(param: string, fault: string, hint: string): VisionError {
  return invalidArgument(`${param} ${fault}.`, param, hint);
}

function nameOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : kindOf(value);
}

function readEnvironment(name: string): string | undefined {
  const value = globalThis.process?.env?.[name];
  return value === undefined || value === '' ? undefined : value;
}
