import { VisionError } from '@h2ovl/contract';
import { showControls } from './terminal-text.ts';

/** A failure as users and programs see it: never a stack trace. */
export interface Failure {
  /** Stable; `UNEXPECTED` for what the library did not foresee. */
  readonly code: string;
  readonly message: string;
  /** The next move. */
  readonly hint?: string;
}

/** Turns whatever was thrown into a code, a sentence and a hint. */
export function describeFailure(error: unknown): Failure {
  if (VisionError.isInstance(error)) {
    return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
  const message = error instanceof Error ? (error.message.split('\n', 1)[0] as string) : String(error);
  return {
    code: 'UNEXPECTED',
    message: `Something failed that should not: ${message}`,
    hint: 'Run it again with H2OVL_LOG_LEVEL=debug and report what it prints.',
  };
}

/** The failure for stderr: the file unless the sentence names it, the sentence and the code; then the hint on a line of its own. */
export function formatFailure(failure: Failure, file?: string): string {
  const { code, message, hint } = failure;
  const subject = file === undefined || message.includes(file) ? '' : `${file}: `;
  const lines = [`error: ${subject}${message} [${code}]`, ...(hint === undefined ? [] : [`  hint: ${hint}`])];
  return `${showControls(lines.join('\n'))}\n`;
}

/** Where it was thrown, and what caused it; for people who look for the fault. */
export function formatTrace(error: unknown): string {
  const lines: string[] = [];
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
  }
  return `${showControls(lines.join('\ncaused by '))}\n`;
}
