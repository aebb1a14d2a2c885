import { randomBytes } from 'node:crypto';
import type { GenerateResult } from '@h2ovl/contract';
import { type ChatCompletion, type CompletionHead, writeCompletion } from '@h2ovl/contract/wire';
import type { BodyBudget } from '../bodies/read-body.ts';
import type { OutputSchemaMaker } from '../engine.ts';
import type { ModelRunner, WorkEvent } from '../queue/model-runner.ts';
import { tell } from '../tell.ts';
import { type AnswerJsonOptions, answerJson, watchClient } from './answer-json.ts';
import { toEnvelope } from './error-response.ts';
import { type HeldChat, readChat } from './read-chat.ts';
import { streamCompletion } from './stream-completion.ts';
import { toModelRequest } from './to-model-request.ts';
import { toWireParam, wireWords } from './wire-param.ts';

export interface ChatCompletionsOptions extends AnswerJsonOptions {
  readonly runner: ModelRunner;
  readonly makeOutputSchema: OutputSchemaMaker;
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number;
  /** What all bodies together may hold. */
  readonly bodies: BodyBudget;
}

/** `POST /v1/chat/completions`. Everything that can be refused without the model is refused with its status, before the first byte. */
export async function chatCompletions(request: Request, options: ChatCompletionsOptions): Promise<Response> {
  const held = await readChat(request, { ...options, modelId: options.runner.modelId });
  if (held.chat.stream !== true) return answerJson(request, held, options, (signal) => answerWhole(held, options, signal));
  try {
    return await answerStream(request, held, options);
  } catch (error) {
    held.release();
    throw error;
  }
}

type Run = (onEvent?: (event: WorkEvent) => void) => Promise<GenerateResult<unknown>>;

/** Takes a place in the queue and makes the request ready; what `run` resolves to carries the warnings of the request, too. */
async function prepare({ chat, warnings, release }: HeldChat, options: ChatCompletionsOptions, signal: AbortSignal): Promise<Run> {
  const work = options.runner.admit(signal);
  const modelRequest = await toModelRequest(chat, options.makeOutputSchema).catch((error: unknown) => {
    work.leave();
    throw error;
  });
  return async (onEvent) => {
    try {
      const answer = await work.run(modelRequest, onEvent);
      const told = answer.warnings.map((warning) => ({ ...warning, message: tell(warning.message, wireWords) }));
      return { ...answer, warnings: [...warnings, ...told] };
    } catch (error) {
      throw toWireParam(error);
    } finally {
      release();
    }
  };
}

async function answerWhole(held: HeldChat, options: ChatCompletionsOptions, signal: AbortSignal): Promise<ChatCompletion> {
  const head = makeHead(options.runner.modelId);
  const run = await prepare(held, options, signal);
  return writeCompletion(head, await run());
}

async function answerStream(request: Request, held: HeldChat, options: ChatCompletionsOptions): Promise<Response> {
  const { log, runner, heartbeatMs } = options;
  const { stream_options: wanted } = held.chat;
  const client = watchClient(request);
  return streamCompletion({
    head: makeHead(runner.modelId),
    includeUsage: wanted?.include_usage === true,
    includeProgress: wanted?.include_progress === true,
    run: await prepare(held, options, client.signal),
    onCancel: client.leave,
    // The answer to a client that has gone is not a failure of the server.
    describeError: (error) => toEnvelope(error, client.signal.aborted ? () => {} : log).envelope,
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  });
}

/** A fresh head for an answer of `model`. */
function makeHead(model: string): CompletionHead {
  return { id: `chatcmpl-${randomBytes(12).toString('hex')}`, created: Math.floor(Date.now() / 1000), model };
}
