import type { CallToolResult } from '@modelcontextprotocol/server';
import { retryAfterSeconds, toVisionError } from '../errors.ts';
import { describeOrigin, type Log } from '../log.ts';
import { type OptionWords, type Rewording, tell } from '../tell.ts';

/** Arguments of the tools by the names that the library's options have. */
const argumentWords: OptionWords = { maxOutputTokens: 'max_tokens' };

/** The time of an answer is not an argument of theirs. */
const rewordings: readonly Rewording[] = [[/Raise (?:pageB|b)udgetMs, or lower/g, 'Ask for less at once, or lower']];

/** A sentence of the library in the words of the tools. */
export function tellAgent(sentence: string): string {
  return tell(sentence, argumentWords, rewordings);
}

/** Code, sentence and next move of a failure, in one line. */
export function tellFailure({
  code,
  message,
  hint,
}: {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  return `${code}: ${tellAgent(message)}${hint === undefined ? '' : ` ${tellAgent(hint)}`}`;
}

/** A failure the calling model can act on: code, sentence, next move. */
export function failureResult(error: unknown, log: Log): CallToolResult {
  const failure = toVisionError(error);
  if (failure.code === 'INTERNAL') log('error', 'tool-failed', describeOrigin(error));
  const hint = failure.hint === undefined ? '' : `\nNext: ${tellAgent(failure.hint)}`;
  const seconds = retryAfterSeconds(failure);
  const retry = seconds === undefined ? '' : `\nTry again in ${seconds} s.`;
  return { isError: true, content: [{ type: 'text', text: `${failure.code}: ${tellAgent(failure.message)}${hint}${retry}` }] };
}

/** Runs a tool; whatever it throws becomes a result, except an abort, whose answer nobody waits for. */
export async function asToolResult(log: Log, signal: AbortSignal, tool: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await tool();
  } catch (error) {
    if (signal.aborted) throw error;
    return failureResult(error, log);
  }
}
