import type { AttemptWay, GenerateOptions, GenerateResult, GenerationEvent, PageAttempt, PageLines, PageVerdict } from '@h2ovl/contract';
import { generate, type PageModel } from '../page-model.ts';
import type { OtherPrompts } from '../pages/show-to-model.ts';
import type { PageTime } from './page-time.ts';
import { type RetryWay, retryWays } from './retry-ways.ts';
import { answerVerdict, linesVerdict, verdictOf } from './verdicts.ts';

/** How a page is read to its end. */
export interface AttemptOptions {
  readonly model: PageModel;
  readonly request: GenerateOptions<unknown>;
  /** Other ways to show the page; undefined where the caller chose the tiles. */
  readonly others?: OtherPrompts | undefined;
  /** What the line reader saw, if it looked. */
  readonly lines: PageLines | undefined;
  readonly time: PageTime;
  /** Whether other ways follow where the first one fails. */
  readonly isRetrying: boolean;
  /** Told what the first attempt writes, and how far the others are. */
  readonly report: (event: Extract<GenerationEvent<unknown>, { readonly type: 'progress' | 'text-delta' }>) => void;
}

/** An answer with its verdict; `way` gave its text. */
export interface AttemptedAnswer {
  readonly way: AttemptWay;
  /** Trimmed, and without the repetitions of a loop. */
  readonly text: string;
  readonly result: GenerateResult<unknown>;
  readonly verdict: PageVerdict;
}

/**
 * Asks the model for a page's text, and again in other ways where it went round in circles, or saw nothing where lines are; at last the lines' own text is
 * taken. Ends with the page's time. The text that is returned is the first one that came to its end, else the longest.
 */
export async function attemptReading(options: AttemptOptions): Promise<AttemptedAnswer> {
  const { request, lines, time, isRetrying, report } = options;
  const tried: AttemptedAnswer[] = [];
  const ask = async ({ way, request: wanted, model = options.model }: RetryWay): Promise<AttemptedAnswer> => {
    const isFirst = tried.length === 0;
    const result = await generate(model, { ...wanted, budgetMs: time.answerBudgetMs }, (event) => {
      if (event.type === 'progress' || (event.type === 'text-delta' && isFirst)) report(event);
    });
    time.count(result);
    const answer = judge(way, result, lines);
    tried.push(answer);
    return answer;
  };
  const first = await ask({ way: 'model', request });
  if (!isRetrying || !isWorthAnother(first, lines)) return first;
  for await (const way of retryWays(request, options.others)) {
    if (time.leftMs === 0) break;
    const answer = await ask(way);
    if (answer.verdict.kind === 'ok' && answer.text !== '') return withAttempts(answer, tried);
  }
  if (lines !== undefined && linesVerdict(lines).kind === 'ok') {
    const reason = 'The text is that of the line reader: print as it stands, line by line.';
    return withAttempts({ ...first, way: 'lines', text: lines.text, verdict: verdictOf('ok', reason) }, tried);
  }
  return withAttempts(
    tried.reduce((best, answer) => (answer.text.length > best.text.length ? answer : best)),
    tried,
  );
}

function judge(way: AttemptWay, result: GenerateResult<unknown>, lines: PageLines | undefined): AttemptedAnswer {
  const text = withoutRepetitions(result).trim();
  const verdict = answerVerdict(text, result.finishReason, lines);
  if (result.loop === undefined) return { way, text, result, verdict };
  const { copies } = result.loop;
  const kept = `It wrote the same ${copies} times in a row; one copy is kept, and ${result.text.length - result.loop.from} characters are cut off.`;
  return { way, text, result, verdict: { ...verdict, reasons: [...verdict.reasons, kept] } };
}

/** The text with the first copy of what it went round in. */
export function withoutRepetitions({ text, loop }: Pick<GenerateResult<unknown>, 'text' | 'loop'>): string {
  return loop === undefined ? text : text.slice(0, loop.from);
}

/** A loop, or nothing where the line reader sees something. */
function isWorthAnother({ verdict, text }: AttemptedAnswer, lines: PageLines | undefined): boolean {
  return verdict.kind === 'looped' || (verdict.kind === 'ok' && text === '' && (lines?.lines.length ?? 0) > 0);
}

function withAttempts(taken: AttemptedAnswer, tried: readonly AttemptedAnswer[]): AttemptedAnswer {
  const attempts = tried.filter((answer) => answer !== taken).map(describeAttempt);
  return { ...taken, verdict: { ...taken.verdict, attempts } };
}

function describeAttempt({ way, text, verdict, result }: AttemptedAnswer): PageAttempt {
  const reason = verdict.reasons.join(' ') || (text === '' ? 'The answer is empty.' : 'Another text was taken.');
  return { way, verdict: verdict.kind, reason, outputTokens: result.usage.outputTokens };
}
