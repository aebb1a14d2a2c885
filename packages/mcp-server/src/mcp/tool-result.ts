import type { CallToolResult } from '@modelcontextprotocol/server';
import { retryAfterSeconds, toVisionError } from '../errors.ts';
import { describeOrigin, type Log } from '../log.ts';

/** A failure the calling model can act on: code, sentence, next move. */
export function failureResult(error: unknown, log: Log): CallToolResult {
  const failure = toVisionError(error);
  if (failure.code === 'INTERNAL') log('error', 'tool-failed', describeOrigin(error));
  const hint = failure.hint === undefined ? '' : `\nNext: ${failure.hint}`;
  const seconds = retryAfterSeconds(failure);
  const retry = seconds === undefined ? '' : `\nTry again in ${seconds} s.`;
  return { isError: true, content: [{ type: 'text', text: `${failure.code}: ${failure.message}${hint}${retry}` }] };
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
