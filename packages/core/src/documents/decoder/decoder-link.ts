import { type ChildProcess, fork } from 'node:child_process';
import { VisionError } from '@h2ovl/contract';
import type { DecoderAnswers, DecoderReply, DecoderRequest, DecoderStart } from './decoder-protocol.ts';
import { findDecoderScript } from './find-decoder-script.ts';

export interface DecoderLinkOptions extends DecoderStart {
  /** A file that the process may read, as a descriptor of this process. */
  readonly file: number | undefined;
}

/** Where the process finds the file that was handed to it: after the standard streams and the channel. */
export const inheritedDescriptor = 4;

/**
 * The GNU C library gives threads a pool of memory each, and pictures are decoded on several threads: every pool comes to keep room for a page or two, which
 * looks like a leak for hundreds of pages. Others do not know the variable.
 */
const maxArenas = '2';

/** Signals that somebody sends to a whole group of processes; memory that has run out never shows in them. */
const signalsOfOthers: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** How a request ended without an answer. */
export type LinkEnd = 'killed' | 'ended';

/** The process ended before it answered; `how` says whether something ended it (too much memory) or it ended by itself. */
export class DecoderGone extends Error {
  readonly how: LinkEnd;

  constructor(how: LinkEnd, detail: string) {
    super(`the decoder's process ended (${detail})`);
    this.how = how;
  }
}

interface Pending {
  readonly resolve: (reply: DecoderReply) => void;
  readonly reject: (error: unknown) => void;
}

/** One decoding process and the conversation with it: one request at a time. */
export class DecoderLink {
  readonly #child: ChildProcess;
  #pending: Pending | undefined;
  #gone: DecoderGone | undefined;
  /** Resident memory of the process after its last answer, in bytes. */
  memoryBytes = 0;
  /** Resolves when the process is no more, or never was. */
  readonly ended: Promise<void>;

  constructor({ maxMemoryBytes, file }: DecoderLinkOptions) {
    const start: DecoderStart = { maxMemoryBytes };
    // Nothing of this process's debugging or preloading flags; no output of its own, since a decoder's notes may quote the document.
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.#child = startProcess(() =>
      fork(findDecoderScript(), [JSON.stringify(start)], {
        execArgv: [],
        env: { MALLOC_ARENA_MAX: maxArenas, ...env, ELECTRON_RUN_AS_NODE: '1' },
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'ignore', 'ipc', file ?? 'ignore'],
      }),
    );
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', () => resolve());
      this.#child.on('error', () => this.#child.pid === undefined && resolve());
    });
    this.#child.on('message', (reply: DecoderReply) => this.#receive(reply));
    this.#child.on('error', (error) => this.#end('ended', error.message));
    this.#child.on('exit', (code, signal) =>
      this.#end(signal === null || signalsOfOthers.includes(signal) ? 'ended' : 'killed', signal ?? `code ${code}`),
    );
    this.#keepAlive(false);
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /** @throws DecoderGone; the reply may be a refusal */
  ask(request: DecoderRequest): Promise<DecoderReply> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#keepAlive(true);
      this.#child.send(request, (error) => {
        if (error !== null) this.#end('ended', error.message);
      });
    });
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.#child.kill('SIGKILL');
    this.#end('killed', 'on request');
  }

  #receive(reply: DecoderReply): void {
    this.memoryBytes = reply.memoryBytes;
    const pending = this.#pending;
    this.#pending = undefined;
    this.#keepAlive(false);
    pending?.resolve(reply);
  }

  #end(how: LinkEnd, detail: string): void {
    this.#gone ??= new DecoderGone(how, detail);
    const pending = this.#pending;
    this.#pending = undefined;
    this.#keepAlive(false);
    pending?.reject(this.#gone);
  }

  /** A process that waits for the next request keeps no other process alive. */
  #keepAlive(isNeeded: boolean): void {
    const channel = this.#child.channel as { ref(): void; unref(): void } | null | undefined;
    if (isNeeded) {
      this.#child.ref();
      channel?.ref();
    } else {
      this.#child.unref();
      channel?.unref();
    }
  }
}

export type AnswerTo<Type extends DecoderRequest['type']> = DecoderAnswers[Type];

/** @throws VisionError DECODER_UNAVAILABLE where this process may start no other */
function startProcess(start: () => ChildProcess): ChildProcess {
  try {
    return start();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw cause;
    throw new VisionError(
      'DECODER_UNAVAILABLE',
      "PDF, HEIC and TIFF of several pages are decoded in a process of their own, and Node's permission model forbids this process to start one.",
      {
        hint: 'Start Node with --allow-child-process, or save the pages as pictures.',
        cause,
      },
    );
  }
}
