import { ServerError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { OutputSchemaMaker } from '../model-port.ts';
import type { ModelRunner } from '../model-runner.ts';
import { errorResponse, toEnvelope } from './error-response.ts';
import { type BodyBudget, readBody } from './read-body.ts';
import { parseChatRequest } from './request-schema.ts';
import { slowJson } from './slow-json.ts';
import { streamCompletion } from './stream-completion.ts';
import { toModelRequest } from './to-model-request.ts';
import { makeHead, toCompletion } from './write-completion.ts';

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
  const body = await readJson(request, options);
  try {
    return await answerChat(request, body.value, options, body.release);
  } catch (error) {
    body.release();
    throw error;
  }
}

async function answerChat(request: Request, body: unknown, options: ChatCompletionsOptions, release: () => void): Promise<Response> {
  const { runner, log, makeOutputSchema } = options;
  const chat = parseChatRequest(body);
  if (chat.model !== runner.modelId) {
    throw new ServerError(
      'MODEL_NOT_FOUND',
      `There is no model ${JSON.stringify(chat.model.slice(0, 200))} here; this server has ${runner.modelId}.`,
      {
        param: 'model',
        hint: `Ask for ${JSON.stringify(runner.modelId)}, or start a server with --model.`,
      },
    );
  }
  const modelRequest = await toModelRequest(chat, makeOutputSchema);
  const abort = new AbortController();
  const cancel = (): void => abort.abort(new DOMException('The client closed the connection.', 'AbortError'));
  if (request.signal.aborted) cancel();
  request.signal.addEventListener('abort', cancel, { once: true });
  const work = runner.admit(abort.signal);
  const head = makeHead(runner.modelId);
  const heartbeat = options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs };
  if (chat.stream === true) {
    return streamCompletion({
      head,
      includeUsage: chat.stream_options?.include_usage === true,
      includeProgress: chat.stream_options?.include_progress === true,
      run: (onEvent) => work.run(modelRequest, onEvent).finally(release),
      onCancel: cancel,
      describeError: (error) => toEnvelope(error, quietAfterAbort(log, abort.signal)).envelope,
      ...heartbeat,
    });
  }
  return slowJson({
    result: work
      .run(modelRequest)
      .finally(release)
      .then((answer) => toCompletion(head, answer)),
    onError: (error) => errorResponse(error, quietAfterAbort(log, abort.signal)),
    onCancel: cancel,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    ...heartbeat,
  });
}

/** The answer to a client that has gone is not a failure of the server. */
function quietAfterAbort(log: Log, signal: AbortSignal): Log {
  return signal.aborted ? () => {} : log;
}

async function readJson(
  request: Request,
  { maxBodyBytes, bodies }: ChatCompletionsOptions,
): Promise<{ value: unknown; release: () => void }> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new ServerError('UNSUPPORTED_MEDIA_TYPE', `The body is ${JSON.stringify(type.slice(0, 100))}; application/json is read.`);
  }
  const { text, release } = await readBody(request, maxBodyBytes, bodies);
  try {
    return { value: JSON.parse(text), release };
  } catch {
    release();
    // No cause: the parser's message quotes the body.
    throw new ServerError('INVALID_ARGUMENT', 'The body is not valid JSON.');
  }
}
