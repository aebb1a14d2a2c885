import { request as httpRequest } from 'node:http';
import type { IBinaryData, IExecuteFunctions, IHttpRequestOptions, ILoadOptionsFunctions, INode } from 'n8n-workflow';
import { H2ovlApi } from '../../credentials/H2ovlApi.credentials.ts';
import { NodeApiError } from './n8n-workflow.ts';

/** What a test sets up; everything else stands at the node's defaults. */
export interface ContextOptions {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** One entry per item: its binary fields. */
  readonly items?: readonly Readonly<Record<string, Buffer>>[];
  readonly continueOnFail?: boolean;
  readonly signal?: AbortSignal;
  /** As a tool of an agent, of its versions 1 and 2 or of version 3: no binaries. */
  readonly tool?: 'agent-2' | 'agent-3';
  /** An n8n from before the cancel signal and the tool question existed. */
  readonly isOld?: boolean;
  /** Replaces the exchange over HTTP: what n8n's helper throws. */
  readonly requestError?: unknown;
}

const node: INode = { id: '1', name: 'Read', type: 'n8n-nodes-h2ovl.h2ovl', typeVersion: 1, position: [0, 0], parameters: {} };

const defaults: Readonly<Record<string, unknown>> = {
  operation: 'readText',
  model: 'nano',
  binaryPropertyName: 'data',
  text: 'What is the total?',
  schemaType: 'fromAttributes',
  'attributes.attributes': [],
  options: {},
};

/** An IExecuteFunctions (and ILoadOptionsFunctions) as n8n 2.41 behaves, over real HTTP. */
export function createContext(options: ContextOptions): IExecuteFunctions & ILoadOptionsFunctions {
  const items = options.items ?? [{}];
  const parameters: Readonly<Record<string, unknown>> = { ...defaults, ...options.parameters };
  const credentials = { baseUrl: options.baseUrl, apiKey: options.apiKey ?? '', ignoreSslIssues: false };
  const context = {
    getNode: () => (options.tool === undefined ? node : { ...node, type: `${node.type}Tool` }),
    getInputData: () =>
      items.map((fields) => ({
        json: { id: 7 },
        ...(Object.keys(fields).length > 0 && {
          binary: Object.fromEntries(Object.keys(fields).map((name) => [name, { data: 'filesystem-v2', mimeType: 'image/png', id: name }])),
        }),
      })),
    getNodeParameter: (name: string, _itemIndex: number, fallback?: unknown) => parameters[name] ?? fallback,
    continueOnFail: () => options.continueOnFail === true,
    getCredentials: async () => credentials,
    ...(options.isOld === true
      ? {}
      : { getExecutionCancelSignal: () => options.signal, isToolExecution: () => options.tool === 'agent-2' }),
    helpers: {
      assertBinaryData: (itemIndex: number, source: string | IBinaryData) => assertBinary(options, items, itemIndex, source),
      getBinaryDataBuffer: async (itemIndex: number, source: string | IBinaryData) =>
        typeof source === 'string' ? items[itemIndex]?.[source] : Buffer.from(source.data, 'base64'),
      httpRequestWithAuthentication: async (_type: string, request: IHttpRequestOptions) => {
        try {
          if (options.requestError !== undefined) throw options.requestError;
          return await send(await new H2ovlApi().authenticate(credentials, request));
        } catch (error) {
          throw new NodeApiError(node, error); // n8n wraps whatever its client throws
        }
      },
    },
  };
  return context as unknown as IExecuteFunctions & ILoadOptionsFunctions; // only the parts the node uses are there
}

function assertBinary(
  options: ContextOptions,
  items: readonly Readonly<Record<string, Buffer>>[],
  itemIndex: number,
  source: string | IBinaryData,
): IBinaryData {
  if (typeof source !== 'string') return source;
  if (options.tool === 'agent-2') throw new TypeError("Cannot read properties of undefined (reading '0')");
  if (items[itemIndex]?.[source] === undefined) throw new Error(`The item has no binary field '${source}' [item ${itemIndex}]`);
  return { data: 'filesystem-v2', mimeType: 'application/octet-stream', fileName: `${source}.png`, id: 'filesystem-v2:1' };
}

/** What n8n does with these options, on node:http and with the codes of its HTTP client. */
async function send(options: IHttpRequestOptions): Promise<unknown> {
  const url = new URL(`${options.baseURL}${options.url}`);
  const { type, content } = await encodeBody(options.body);
  return await new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      {
        method: options.method,
        headers: { ...(type === undefined ? {} : { 'content-type': type }), ...(options.headers as Record<string, string>) },
        ...(options.abortSignal === undefined ? {} : { signal: options.abortSignal }),
      },
      (response) => {
        const { statusCode, headers } = response;
        if (options.encoding === 'stream') {
          resolve({ statusCode, headers, body: response });
          return;
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ statusCode, headers, body: parse(Buffer.concat(chunks).toString('utf8')) }));
      },
    );
    request.setTimeout(options.timeout ?? 300_000, () => {
      request.destroy(Object.assign(new Error(`timeout of ${options.timeout}ms exceeded`), { code: 'ECONNABORTED' }));
    });
    request.on('error', (error) => {
      reject(options.abortSignal?.aborted === true ? Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' }) : error);
    });
    request.end(content);
  });
}

async function encodeBody(body: object | undefined): Promise<{ readonly type?: string; readonly content?: Buffer }> {
  if (body === undefined) return {};
  if (!(body instanceof FormData)) return { type: 'application/json', content: Buffer.from(JSON.stringify(body)) };
  const form = new Response(body);
  return { type: form.headers.get('content-type') ?? '', content: Buffer.from(await form.arrayBuffer()) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
