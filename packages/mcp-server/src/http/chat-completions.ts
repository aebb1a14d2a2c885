import { randomBytes } from 'node:crypto';
import { type DocumentFacts, type GenerateOptions, type GenerateResult, VisionError, type Warning } from '@h2ovl/contract';
import { type ChatCompletion, type ChatCompletionRequest, type CompletionHead, writeCompletion } from '@h2ovl/contract/wire';
import type { BodyBudget } from '../bodies/read-body.ts';
import type { OutputSchemaMaker } from '../engine.ts';
import type { HeldPlace, ModelRunner, WorkEvent } from '../queue/model-runner.ts';
import { tell } from '../tell.ts';
import { type AnswerJsonOptions, answerJson, watchClient } from './answer-json.ts';
import { openFiles } from './chat-files.ts';
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
  /** Processes that may decode documents at the same time. @default as `openDocument` does */
  readonly maxDecoders?: number | undefined;
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

/** An answer, and the PDFs it is about. */
export interface ChatAnswer {
  readonly answer: GenerateResult<unknown>;
  readonly documents: readonly DocumentFacts[];
}

type Run = (onEvent?: (event: WorkEvent) => void) => Promise<ChatAnswer>;

/** Takes a place in the queue and makes the request ready; what `run` resolves to carries the warnings of the request, too. */
async function prepare(
  { chat, files: decoded, warnings, release }: HeldChat,
  options: ChatCompletionsOptions,
  signal: AbortSignal,
): Promise<Run> {
  const place = options.runner.hold(signal);
  const { request, messages, files } = await toModelRequest(chat, decoded, options.makeOutputSchema).catch((error: unknown) => {
    place.leave();
    throw error;
  });
  return async (onEvent = () => {}) => {
    try {
      await place.turn(onEvent);
      await using opened = await openFiles(messages, files, options.maxDecoders, place.signal);
      const asked = ask(place, { ...request, messages: opened.messages }, isEitherWay(chat), onEvent);
      const { answer, warning } = await asked.catch((error: unknown) => {
        throw opened.inRequest(error);
      });
      const { documents } = opened;
      const told = [...warning, ...answer.warnings].map((one) => ({ ...one, message: tell(one.message, wireWords) }));
      return { answer: { ...answer, warnings: [...warnings, ...told] }, documents };
    } catch (error) {
      throw toWireParam(error);
    } finally {
      place.leave();
      release();
    }
  };
}

/** Whether a schema says nothing of `strict`: it is enforced where that is possible, and checked where it is not. */
function isEitherWay({ response_format: format }: ChatCompletionRequest): boolean {
  return format?.type === 'json_schema' && format.json_schema.strict === undefined;
}

async function ask(
  place: HeldPlace,
  request: GenerateOptions<unknown>,
  isEither: boolean,
  onEvent: (event: WorkEvent) => void,
): Promise<{ readonly answer: GenerateResult<unknown>; readonly warning: readonly Warning[] }> {
  try {
    return { answer: await place.run(request, onEvent), warning: [] };
  } catch (error) {
    // It is refused before the model starts, so that nothing was sent.
    if (!isEither || !VisionError.isInstance(error) || error.code !== 'SCHEMA_UNSUPPORTED') throw error;
    const answer = await place.run({ ...request, enforcement: 'after' }, onEvent);
    const message = `The answer was checked after it was written, since its schema cannot be enforced: ${error.message}`;
    return { answer, warning: [{ type: 'compatibility', message }] };
  }
}

async function answerWhole(held: HeldChat, options: ChatCompletionsOptions, signal: AbortSignal): Promise<ChatCompletion> {
  const head = makeHead(options.runner.modelId);
  const run = await prepare(held, options, signal);
  const { answer, documents } = await run();
  return writeCompletion(head, answer, documents);
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
