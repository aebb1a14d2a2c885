import { type ChildProcess, fork } from 'node:child_process';
import { onAbort } from '@h2ovl/contract';
import type { EngineKind, EngineReply } from './engine-protocol.ts';

/** A child process that measures, asked one question at a time or several. */
export interface BenchEngine {
  /** @throws Error with the child's own words */
  ask<T>(name: string, params?: unknown): Promise<T>;
  /** Ends the process; waits for it. Idempotent. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const maxOutputCharacters = 2000;
const lastWordsMs = 50;

/** Starts an engine, which is this very script with other arguments; resolves when it is ready to measure. Rejects with what the child printed when it dies. */
export async function openEngine(kind: EngineKind, params: unknown, { env = {}, signal }: EngineOptions): Promise<BenchEngine> {
  signal.throwIfAborted();
  const child = fork(process.argv[1] as string, ['bench', 'engine', kind], {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // what a peer prints must not end up in our result
  });
  const engine = new ChildEngine(kind, child, signal);
  try {
    await engine.ask('start', params);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

class ChildEngine implements BenchEngine {
  readonly #child: ChildProcess;
  readonly #kind: EngineKind;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  readonly #signal: AbortSignal;
  readonly #kill: () => void;
  #output = '';
  #hasExited = false;
  #nextId = 1;

  constructor(kind: EngineKind, child: ChildProcess, signal: AbortSignal) {
    this.#kind = kind;
    this.#child = child;
    this.#signal = signal;
    this.#kill = () => void child.kill('SIGKILL');
    const unfollow = onAbort(signal, this.#kill);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-maxOutputCharacters);
      });
    }
    child.on('message', (reply: EngineReply) => this.#settle(reply));
    child.on('error', (error) => this.#failAll(error.message));
    this.#exited = new Promise((resolve) => {
      // Not `close`: it never comes after our own disconnect. What the child wrote last may still be in the pipe, so it gets a moment.
      child.on('exit', (code, killedBy) => {
        this.#hasExited = true;
        unfollow();
        setTimeout(() => {
          this.#failAll(`it ended with ${killedBy ?? `code ${code}`}. ${this.#output.trim()}`);
          resolve();
        }, lastWordsMs);
      });
    });
  }

  ask<T>(name: string, params: unknown = {}): Promise<T> {
    if (this.#hasExited) return Promise.reject(new Error(`The ${this.#kind} engine has ended. ${this.#output.trim()}`));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<T>((resolve, reject) => {
      // What an engine answers is what its handler of that name returns: both ends are in this folder.
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#child.send({ id, name, params });
    });
  }

  async close(): Promise<void> {
    if (this.#hasExited) return;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(this.#kill, 5000);
    await this.#exited;
    clearTimeout(timer);
  }

  #settle(reply: EngineReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }

  #failAll(why: string): void {
    const reason = this.#signal.aborted ? this.#signal.reason : new Error(`The ${this.#kind} engine failed: ${why}`);
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
