import { buildRequest, wirePaths } from '@h2ovl/contract/wire';
import type { Connection } from './client-options.ts';
import type { Deadline } from './deadline.ts';
import { startDeadline } from './deadline.ts';
import { EventStream } from './generation-stream.ts';
import type {
  DeepPartial,
  GenerateOptions,
  GenerationEvent,
  GenerationStream,
  SamplingOptions,
  VisionModelLike,
} from './generation-types.ts';
import { resolvePrompt } from './image-part.ts';
import { readJsonSchema, validateOutput } from './output-schema.ts';
import { parsePartialJson } from './partial-json.ts';
import { sendRequest } from './request.ts';
import { readResponseStream } from './response-stream.ts';

/** A model behind the server; the same shape as core's model. `signal` stops every call of this model, beside each call's own. */
export function createRemoteModel(id: string, connection: Connection, signal: AbortSignal | undefined): VisionModelLike {
  const stream = <T = undefined>(options: GenerateOptions<T>): GenerationStream<T> =>
    new EventStream<T>(async function* (own) {
      const deadline = startDeadline(connection.timeoutMs, [own, signal]);
      try {
        yield* streamAnswer(id, connection, options, deadline);
      } finally {
        deadline.clear();
      }
    }, options.signal);
  // Streaming inside generate too: a request whose answer begins at once survives fetch's limit of 300 s without headers.
  return { id, stream, generate: (options) => stream(options).result };
}

async function* streamAnswer<T>(
  id: string,
  connection: Connection,
  options: GenerateOptions<T>,
  deadline: Deadline,
): AsyncGenerator<GenerationEvent<T>, void> {
  deadline.signal.throwIfAborted();
  const { schema } = options;
  const output = schema === undefined ? undefined : readJsonSchema(schema);
  const prompt = await resolvePrompt(options, deadline.signal);
  const body = buildRequest({ ...pickSettings(options), ...prompt, model: id, output, stream: true });
  const response = await sendRequest(
    connection,
    { method: 'POST', path: wirePaths.chatCompletions, accept: 'text/event-stream', body },
    deadline,
  );
  let text = '';
  for await (const part of readResponseStream(response, deadline.signal)) {
    if (part.type === 'progress') yield part;
    else if (part.type === 'text-delta') {
      yield part;
      if (schema === undefined) continue;
      text += part.delta;
      const partial = parsePartialJson(text);
      if (partial !== undefined) yield { type: 'object-delta', partial: partial as DeepPartial<T> }; // unchecked, as its type says
    } else {
      const { answer } = part;
      const object = schema === undefined ? (undefined as T) : await validateOutput(schema, answer); // without a schema T is undefined
      yield { type: 'finish', result: { ...answer, object } };
    }
  }
}

type Settings = SamplingOptions & { readonly maxTiles?: number };

function pickSettings(options: Settings): { readonly [K in keyof Settings]: Settings[K] | undefined } {
  const { maxOutputTokens, temperature, topP, topK, seed, repetitionPenalty, stopSequences, endBlankRuns, maxTiles } = options;
  return { maxOutputTokens, temperature, topP, topK, seed, repetitionPenalty, stopSequences, endBlankRuns, maxTiles };
}
