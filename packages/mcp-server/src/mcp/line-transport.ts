import type { Readable, Writable } from 'node:stream';
import { VisionError } from '@h2ovl/contract';
import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  parseJSONRPCMessage,
  serializeMessage,
  type Transport,
} from '@modelcontextprotocol/server';
import { JsonBounds } from '../bodies/json-bounds.ts';
import { LineBatches } from './line-batches.ts';
import { findOversize } from './message-bounds.ts';

type RequestId = string | number;

/**
 * JSON-RPC over a pair of streams, a message a line. What cannot be read is answered with -32700 or -32600, batches of the 2025-03-26 era
 * are answered as one line, and an input that ends lets the requests that came before be answered: that is how a command in a pipe asks.
 */
export class LineTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: ((message: JSONRPCMessage) => void) | undefined;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #maxLineBytes: number;
  /** How many requests with an id are not answered yet. Careless clients give several the same one. */
  readonly #unanswered = new Map<RequestId, number>();
  readonly #batches = new LineBatches();
  #parts: Buffer[] = [];
  #length = 0;
  #hasEnded = false;
  #isClosed = false;

  constructor(input: Readable, output: Writable, maxLineBytes: number) {
    this.#input = input;
    this.#output = output;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Whether the input has ended: nobody will cancel what still runs. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async start(): Promise<void> {
    this.#input.on('data', this.#read);
    this.#input.on('end', this.#end);
    this.#input.on('close', this.#end);
    this.#input.on('error', this.#report);
    this.#output.on('error', this.#failOutput);
    if (this.#input.readableEnded || this.#input.destroyed) setImmediate(this.#end);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) throw new Error('The connection is closed.');
    const isAnswer = isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
    const isHeld = isAnswer && this.#batches.hold(message.id, message);
    if (!isHeld) await this.#write(serializeMessage(message));
    if (isAnswer && message.id !== undefined) await this.#settle(message.id);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.off('data', this.#read);
    this.#input.off('end', this.#end);
    this.#input.off('close', this.#end);
    this.#input.pause();
    this.#parts = [];
    this.onclose?.();
  }

  readonly #read = (chunk: Buffer): void => {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      this.#take();
      if (this.#isClosed) return;
    }
    this.#keep(chunk.subarray(from));
    if (this.#length <= this.#maxLineBytes) return;
    this.#report(new Error(`A line of more than ${this.#maxLineBytes} bytes came; the connection is closed.`));
    void this.close();
  };

  #keep(piece: Buffer): void {
    if (piece.length > 0) this.#parts.push(piece);
    this.#length += piece.length;
  }

  /** The line that is complete now. */
  #take(): void {
    const bytes = Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    let value: unknown;
    try {
      new JsonBounds().take(bytes);
      const line = bytes.toString('utf8');
      if (line.trim() === '') return;
      value = JSON.parse(line);
    } catch (error) {
      this.#refuse(-32700, `Parse error: ${VisionError.isInstance(error) ? error.message : 'the line is not JSON'}`, null);
      return;
    }
    const oversize = findOversize(value);
    if (oversize !== undefined) this.#refuse(-32600, `Invalid request: ${oversize}`, null);
    else if (Array.isArray(value)) this.#takeBatch(value);
    else this.#deliver(value);
  }

  #takeBatch(values: readonly unknown[]): void {
    if (values.length === 0) {
      this.#refuse(-32600, 'Invalid request: the batch is empty', null);
      return;
    }
    this.#batches.open(values.flatMap((value) => (idOf(value) === null ? [] : [idOf(value) as RequestId])));
    for (const value of values) this.#deliver(value);
  }

  #deliver(value: unknown): void {
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      this.#refuse(-32600, 'Invalid request: not a JSON-RPC 2.0 message', idOf(value));
      return;
    }
    // A subscription is answered when it ends, and ends with the connection.
    if (isJSONRPCRequest(message) && message.method !== 'subscriptions/listen') {
      this.#unanswered.set(message.id, (this.#unanswered.get(message.id) ?? 0) + 1);
    }
    this.onmessage?.(message);
    // A request that was cancelled is not answered.
    if (isJSONRPCNotification(message) && message.method === 'notifications/cancelled') {
      const { requestId } = message.params as { readonly requestId?: RequestId };
      if (requestId !== undefined) void this.#settle(requestId);
    }
  }

  #refuse(code: number, message: string, id: RequestId | null): void {
    this.#report(new Error(message));
    const error = { code, message };
    if (id !== null && this.#batches.hold(id, { jsonrpc: '2.0', id, error })) void this.#settle(id);
    else void this.#write(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`).catch(() => {}); // a broken output closes the connection itself
  }

  async #settle(id: RequestId): Promise<void> {
    const left = (this.#unanswered.get(id) ?? 0) - 1;
    if (left > 0) this.#unanswered.set(id, left);
    else this.#unanswered.delete(id);
    const batch = this.#batches.finish(id);
    if (batch !== undefined) await this.#write(`${JSON.stringify(batch)}\n`);
    if (this.#hasEnded && this.#unanswered.size === 0) await this.close();
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#output.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  readonly #end = (): void => {
    if (this.#hasEnded || this.#isClosed) return;
    if (this.#length > 0) this.#take(); // the last line need not be ended
    this.#hasEnded = true;
    // One turn later: what was read just now may only be on its way to its handler.
    setImmediate(() => {
      if (this.#unanswered.size === 0) void this.close();
    });
  };

  readonly #report = (error: Error): void => this.onerror?.(error);

  readonly #failOutput = (error: Error): void => {
    if (this.#isClosed) return;
    this.#report(error);
    void this.close();
  };
}

function idOf(value: unknown): RequestId | null {
  const { id, method } = (value ?? {}) as { readonly id?: unknown; readonly method?: unknown };
  return method !== undefined && (typeof id === 'string' || typeof id === 'number') ? id : null;
}
