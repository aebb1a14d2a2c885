import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one answer. */
export type Fault =
  | { readonly type: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly type: 'cut'; readonly after: number }
  | { readonly type: 'silence' }
  | { readonly type: 'wrong-bytes' }
  | { readonly type: 'wrong-range' }
  | { readonly type: 'whole-file' };

/** A request that arrived. */
export interface HubRequest {
  /** `hub`: the hub itself; `store`: where it sends large files to. */
  readonly server: 'hub' | 'store';
  readonly path: string;
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly authorization: string | undefined;
  /** Bytes of the body that were given to the connection so far: as many or more than the client has got. */
  sentBytes: number;
}

export interface LocalHubOptions {
  readonly repository: string;
  /** By name. Weights and `tokenizer.model` lie in the store, as large files do. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly licence?: string;
  /** Called for each request; what it gives goes wrong. */
  readonly fault?: (request: HubRequest, index: number) => Fault | undefined;
  /** Requests that a signed address of the store is good for. @default unlimited */
  readonly addressUses?: number;
  /** Bytes a second of one answer. @default unlimited */
  readonly bytesPerSecond?: number;
  /** Only this token may read. */
  readonly token?: string;
}

/** A hub on this machine, as the Hugging Face hub answers: a listing, small files directly, large ones behind a redirect to another port. */
export interface LocalHub {
  readonly endpoint: string;
  readonly commit: string;
  readonly requests: HubRequest[];
  close(): Promise<void>;
}

export async function openLocalHub(options: LocalHubOptions): Promise<LocalHub> {
  const { repository, files, fault = () => undefined, addressUses = Number.POSITIVE_INFINITY, token } = options;
  const requests: HubRequest[] = [];
  const commit = createHash('sha1').update(Object.keys(files).join()).digest('hex');
  const uses = new Map<string, number>();

  const handle =
    (
      server: HubRequest['server'],
      answer: (path: string, request: IncomingMessage, response: ServerResponse, broken: Fault | undefined, seen: HubRequest) => void,
    ) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      const { authorization, range } = request.headers;
      const path = decodeURIComponent(request.url ?? '');
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      const wanted = from === undefined ? undefined : { from: Number(from), to: Number(to) + 1 };
      const seen: HubRequest = { server, path, range: wanted, authorization, sentBytes: 0 };
      const broken = fault(seen, requests.length);
      requests.push(seen);
      if (broken?.type === 'status') {
        response.writeHead(broken.status, broken.retryAfter === undefined ? {} : { 'retry-after': broken.retryAfter }).end('refused');
      } else if (broken?.type !== 'silence') answer(path, request, response, broken, seen);
    };

  const store = await listen(
    handle('store', (path, request, response, broken, seen) => {
      const { pathname, searchParams } = new URL(path, 'http://store');
      const signature = searchParams.get('signature') ?? '';
      const left = uses.get(signature) ?? 0;
      uses.set(signature, left - 1);
      if (left <= 0) response.writeHead(403).end('this address has run out');
      else sendFile(files[pathname.slice(1)], request, response, { broken, seen, ...options });
    }),
  );
  const hub = await listen(
    handle('hub', (path, request, response, broken, seen) => {
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
        return void response.writeHead(401).end('who are you');
      if (path.startsWith(`/api/models/${repository}/revision/`)) {
        if (!/\/revision\/(main|v1|[0-9a-f]{40})\?blobs=true$/.test(path)) return void response.writeHead(404).end('no such revision');
        return void response.end(JSON.stringify(listing(options, commit)));
      }
      const [, name = ''] = path.split(`/${repository}/resolve/${commit}/`);
      if (!files[name]) return void response.writeHead(404).end('no such file');
      if (!isLarge(name)) return sendFile(files[name], request, response, { broken, seen, ...options });
      const signature = `${name}-${uses.size}`;
      uses.set(signature, addressUses);
      const location = `http://127.0.0.1:${portOf(store)}/${name}?signature=${signature}`;
      response.writeHead(302, { location, 'x-linked-size': String(files[name].length) }).end();
    }),
  );
  return {
    endpoint: `http://127.0.0.1:${portOf(hub)}`,
    commit,
    requests,
    close: async () => {
      for (const server of [hub, store]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
}

const isLarge = (name: string): boolean => /\.(safetensors|model)$/.test(name);

function listing({ files, licence = 'apache-2.0' }: LocalHubOptions, commit: string): object {
  const siblings = Object.entries(files).map(([rfilename, content]) => {
    const blobId = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    const lfs = { sha256: createHash('sha256').update(content).digest('hex'), size: content.length, pointerSize: 134 };
    return { rfilename, size: content.length, blobId, ...(isLarge(rfilename) && { lfs }) };
  });
  return { sha: commit, tags: [`license:${licence}`], cardData: { license: licence }, siblings };
}

function sendFile(
  content: Buffer | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  {
    broken,
    seen,
    bytesPerSecond,
  }: Pick<LocalHubOptions, 'bytesPerSecond'> & { readonly broken: Fault | undefined; readonly seen: HubRequest },
): void {
  if (!content) return void response.writeHead(404).end();
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const isRange = first !== undefined && broken?.type !== 'whole-file';
  const [from, to] = isRange ? [Number(first), Math.min(content.length, Number(last) + 1)] : [0, content.length];
  if (from >= content.length && content.length > 0)
    return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  const named = broken?.type === 'wrong-range' ? from + 1 : from;
  response.writeHead(isRange ? 206 : 200, {
    etag: '"fixed"',
    'accept-ranges': 'bytes',
    'content-length': to - from,
    ...(isRange && { 'content-range': `bytes ${named}-${to - 1}/${content.length}` }),
  });
  let body = content.subarray(from, to);
  if (broken?.type === 'wrong-bytes') body = Buffer.from(body.map((byte) => byte ^ 1));
  if (broken?.type === 'cut') body = body.subarray(0, broken.after);
  if (bytesPerSecond === undefined || broken?.type === 'cut') seen.sentBytes = body.length;
  if (broken?.type === 'cut') {
    response.write(body, () => setTimeout(() => response.destroy(), 5));
  } else if (bytesPerSecond === undefined) response.end(body);
  else trickle(response, body, bytesPerSecond, seen);
}

/** Sends a body in pieces, twenty a second. */
function trickle(response: ServerResponse, body: Buffer, bytesPerSecond: number, seen: HubRequest): void {
  const step = Math.ceil(bytesPerSecond / 20);
  let at = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(at, at + step));
    at += step;
    seen.sentBytes = Math.min(at, body.length);
    if (at >= body.length) response.end();
    if (at >= body.length || response.destroyed) clearInterval(timer);
  }, 50);
  response.on('close', () => clearInterval(timer));
}

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
