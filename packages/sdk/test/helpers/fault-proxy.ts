import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

/** What goes wrong between client and server, for one request. */
export interface Fault {
  /** Answered in place of the server. */
  readonly instead?: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };
  /** The body as it is passed on; one piece is one write. The server's own by default. */
  readonly body?: (body: Buffer) => readonly Uint8Array[];
  /** How the answer ends. `end`: as if it were whole. `reset`: the connection is destroyed. `silence`: nothing comes any more. @default end */
  readonly ending?: 'end' | 'reset' | 'silence';
  /** Milliseconds before each piece. */
  readonly delayMs?: number;
}

/** A proxy on a free port of this machine. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Requests that came. */
  readonly count: () => number;
  /** Connections that clients have closed. Node's fetch opens a spare one afterwards, so that those which are open tell nothing. */
  readonly closed: () => number;
}

/** Starts a proxy in front of `target` that asks `plan` what to do with each request; `index` counts from 0. */
export async function startFaultProxy(target: string, plan: (index: number) => Fault): Promise<FaultProxy> {
  let count = 0;
  let closed = 0;
  const server = createServer(async (incoming, outgoing) => {
    const fault = plan(count);
    count += 1;
    if (fault.instead === undefined) await passOn(target, incoming, outgoing, fault);
    else outgoing.writeHead(fault.instead.status, fault.instead.headers).end(fault.instead.body);
  });
  server.on('connection', (socket) => {
    socket.on('close', () => {
      closed += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    closed: () => closed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function passOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault): Promise<void> {
  const { body = (whole) => [whole], ending = 'end', delayMs } = fault;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { host: _, ...headers } = incoming.headers;
    const asked = request(`${target}${incoming.url}`, { method: incoming.method, headers }, resolve).on('error', reject);
    incoming.pipe(asked);
  });
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  const { 'content-length': _, connection: __, ...headers } = answer.headers;
  outgoing.writeHead(answer.statusCode ?? 500, headers).flushHeaders();
  for (const piece of body(Buffer.concat(pieces))) {
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
    await new Promise((resolve) => outgoing.write(piece, resolve));
  }
  if (ending === 'end') outgoing.end();
  else if (ending === 'reset') outgoing.destroy();
}

/** A port that accepts connections and says nothing, whatever it is told. */
export async function startSilentServer(): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let closed = 0;
  const server = createTcpServer((socket) => {
    sockets.add(socket.resume().on('error', () => {}));
    socket.on('close', () => {
      closed += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => 0,
    closed: () => closed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
