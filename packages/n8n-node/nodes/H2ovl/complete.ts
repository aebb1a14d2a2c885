import { buildRequest, type RequestInput, readChunk, readError, wirePaths } from '@h2ovl/contract/wire';
import type { IExecuteFunctions } from 'n8n-workflow';
import {
  explainBrokenAnswer,
  explainFailedRequest,
  explainForeignAnswer,
  explainRefusal,
  type RefusedAnswer,
  refusalOf,
} from './errors.ts';
import { readEvents } from './event-stream.ts';
import { type OpenAnswer, openStream, type SendOptions } from './transport.ts';

/** What the model wrote. */
export interface Completion {
  readonly text: string;
  /** Whether the token limit cut the text. */
  readonly isCut: boolean;
  /** How the text misses its schema; only with `acceptMisfit`. */
  readonly issues: readonly string[];
  /** The value of an answer that was cut, as far as it came; only with `acceptMisfit`. */
  readonly partial?: unknown;
}

/** Asks the model once. A stop of the run closes the connection, which stops the server too. Throws NodeApiError. */
export async function complete(
  context: IExecuteFunctions,
  input: RequestInput,
  { acceptMisfit = false, ...options }: SendOptions & { readonly acceptMisfit?: boolean },
): Promise<Completion> {
  const content = { url: wirePaths.chatCompletions, body: buildRequest({ ...input, stream: true }) };
  const answer = await openStream(context, content, options);
  const made = answer.body === undefined ? answer.refusal : await collect(context, answer, options.signal);
  if ('text' in made) return made;
  const misfit = acceptMisfit ? readMisfit(made) : undefined;
  if (misfit === undefined) throw explainRefusal(context, answer.facts, made);
  return misfit;
}

async function collect(
  context: IExecuteFunctions,
  { body, facts, limit }: Extract<OpenAnswer, { readonly refusal?: undefined }>,
  signal: AbortSignal | undefined,
): Promise<Completion | RefusedAnswer> {
  let text = '';
  let finishReason: string | undefined;
  let contentChars: number | undefined;
  try {
    for await (const value of readEvents(body, limit, signal)) {
      if (readError(value) !== undefined) return refusalOf(value);
      const chunk = readChunk(value);
      if (chunk === undefined) throw explainForeignAnswer(context, facts);
      text += chunk.delta;
      finishReason = chunk.finishReason ?? finishReason;
      contentChars = chunk.contentChars ?? contentChars;
    }
  } catch (error) {
    throw explainFailedRequest(context, facts, error);
  }
  if (finishReason === undefined || (contentChars ?? text.length) !== text.length) throw explainBrokenAnswer(context, facts);
  return { text, isCut: finishReason === 'length', issues: [] };
}

function readMisfit({ body }: RefusedAnswer): Completion | undefined {
  const output = readError(body)?.output;
  if (output === undefined) return undefined;
  return { text: output.text, isCut: output.finishReason === 'length', issues: output.issues.map(describeIssue), partial: output.partial };
}

/** One way in which an answer misses its schema, as a sentence. */
export function describeIssue({ path, message }: { readonly path: readonly (string | number)[]; readonly message: string }): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`;
}
