import { basename } from 'node:path';
import { maxSentenceChars, shortenSentence, VisionError } from '@h2ovl/contract';
import { inOwnWords } from './own-words.ts';
import { showControls, showName } from './terminal-text.ts';

/** A failure as users and programs see it: never a stack trace. */
export interface Failure {
  /** Stable; `UNEXPECTED` for what the library did not foresee. */
  readonly code: string;
  readonly message: string;
  /** The next move. */
  readonly hint?: string;
}

/** Turns whatever was thrown into a code, a sentence and a hint, in the words of the command line. `h2ovl` is how it was started. */
export function describeFailure(error: unknown, h2ovl: string): Failure {
  if (VisionError.isInstance(error)) {
    const hint = error.hint === undefined ? {} : { hint: inOwnWords(error.hint, h2ovl) };
    return { code: error.code, message: inOwnWords(error.message, h2ovl), ...hint };
  }
  return {
    code: 'UNEXPECTED',
    message: `Something failed that should not: ${safeMessage(error)}`,
    hint: 'Run it again with --log-level debug and report what it prints: nothing of a document is in it.',
  };
}

/** Errors of the language speak of the program, and those of the system of files; what others say may quote a document, as parsers do. */
function safeMessage(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const speaksOfUs = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError || 'syscall' in error;
  return speaksOfUs ? (error.message.split('\n', 1)[0] as string) : error.name;
}

/** The failure for stderr: the files unless the sentence names one, the sentence and the code; then the hint on a line of its own. */
export function formatFailure(failure: Failure, files: readonly string[] = []): string {
  const { code, message, hint } = failure;
  const subject = files.length === 0 || namesOne(message, files) ? '' : `${files.map(showName).join(', ')}: `;
  const first = shortenSentence(`${subject}${message}`, maxSentenceChars);
  const lines = [`error: ${first} [${code}]`, ...(hint === undefined ? [] : [`  hint: ${shortenSentence(hint, maxSentenceChars)}`])];
  return `${showControls(lines.join('\n'))}\n`;
}

/** Whether a sentence names one of the files already, by its path or, at the start, by its last part where that has an extension. */
export function namesOne(sentence: string, files: readonly string[]): boolean {
  return files.some((file) => {
    const name = basename(file);
    return sentence.includes(file) || (name.includes('.') && sentence.startsWith(name));
  });
}

const messageOf = (error: Error): string => (VisionError.isInstance(error) ? error.message : safeMessage(error));
const framesOf = ({ stack = '' }: Error): string[] => stack.split('\n').filter((line) => /^\s+at /.test(line));

/** Where it was thrown, and what caused it; for people who look for the fault. Messages that may quote a document are left out. */
export function formatTrace(error: unknown): string {
  const lines: string[] = [];
  for (let cause = error; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(cause instanceof Error ? [`${cause.name}: ${messageOf(cause)}`, ...framesOf(cause)].join('\n') : typeof cause);
  }
  return `${showControls(lines.join('\ncaused by '))}\n`;
}
