import { randomBytes } from 'node:crypto';
import type { GenerateResult } from '@h2ovl/contract';
import { type CompletionHead, writeCompletion } from '@h2ovl/contract/wire';
import type { BodyBudget } from '../bodies/read-body.ts';
import type { OutputSchemaMaker } from '../engine.ts';
import type { Log } from '../log.ts';
import type { ModelRunner, WorkEvent } from '../queue/model-runner.ts';
import { errorResponse, toEnvelope } from './error-response.ts';
import { type HeldChat, readChat } from './read-chat.ts';
import { slowJson } from './slow-json.ts';
import { streamCompletion } from './stream-completion.ts';
import { toModelRequest } from './to-model-request.ts';
import { toWireParam } from './wire-param.ts';

export interface ChatCompletionsOptions {
  readonly runner: ModelRunner;
  readonly makeOutputSchema: OutputSchemaMaker;
  readonly log: Log;
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number;
  /** What all bodies together may hold. */
  readonly bodies: BodyBudget;
  /** Milliseconds a non-streaming answer keeps its status open. */
  readonly patienceMs?: number;
  readonly heartbeatMs?: number;
}

/** `POST /v1/chat/completions`. Everything that can be refused without the model is refused with its status, before the first byte. */
export async function chatCompletions(request: Request, options: ChatCompletionsOptions): Promise<Response> {
  const held = await readChat(request, { ...options, modelId: options.runner.modelId });
  try {
    return await answerChat(request, held, options);
  } catch (error) {
    held.release();
    throw error;
  }
}

async function answerChat(request: Request, { chat, warnings, release }: HeldChat, options: ChatCompletionsOptions): Promise<Response> {
  const { runner, log, makeOutputSchema } = options;
  const modelRequest = await toModelRequest(chat, makeOutputSchema);
  const abort = new AbortController();
  const cancel = (): void => abort.abort(new DOMException('The client closed the connection.', 'AbortError'));
  if (request.signal.aborted) cancel();
  request.signal.addEventListener('abort', cancel, { once: true });
  const work = runner.admit(abort.signal);
  const head = makeHead(runner.modelId);
  const run = async (onEvent?: (event: WorkEvent) => void): Promise<GenerateResult<unknown>> => {
    try {
      const answer = await work.run(modelRequest, onEvent);
      return { ...answer, warnings: [...warnings, ...answer.warnings] };
    } catch (error) {
      throw toWireParam(error);
    } finally {
      release();
    }
  };
  const heartbeat = options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs };
  if (chat.stream === true) {
    return streamCompletion({
      head,
      includeUsage: chat.stream_options?.include_usage === true,
      includeProgress: chat.stream_options?.include_progress === true,
      run,
      onCancel: cancel,
      describeError: (error) => toEnvelope(error, quietAfterAbort(log, abort.signal)).envelope,
      ...heartbeat,
    });
  }
  return slowJson({
    result: run().then((answer) => writeCompletion(head, answer)),
    onError: (error) => errorResponse(error, quietAfterAbort(log, abort.signal)),
    onCancel: cancel,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    ...heartbeat,
  });
}

/** A fresh head for an answer of `model`. */
function makeHead(model: string): CompletionHead {
  return { id: `chatcmpl-${randomBytes(12).toString('hex')}`, created: Math.floor(Date.now() / 1000), model };
}

/** The answer to a client that has gone is not a failure of the server. */
function quietAfterAbort(log: Log, signal: AbortSignal): Log {
  return signal.aborted ? () => {} : log;
}
