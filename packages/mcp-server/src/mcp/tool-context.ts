import { type FinishReason, finishReasons, isToldApart, type PageResult, type PageVerdict, type VerdictKind } from '@h2ovl/contract';
import type { ServerContext } from '@modelcontextprotocol/server';
import { BodyBudget } from '../bodies/read-body.ts';
import { cleanText } from '../clean-text.ts';
import type { OutputSchemaMaker } from '../engine.ts';
import type { DocumentRoots } from '../files/document-roots.ts';
import { type DocumentBytes, readDocument } from '../files/read-document.ts';
import type { Log } from '../log.ts';
import type { ModelRunner } from '../queue/model-runner.ts';
import type { SentFiles } from './sent-files.ts';
import { tellPicture } from './tell-picture.ts';
import { tellAgent } from './tool-result.ts';

/** What every tool works with. */
export interface ToolContext {
  readonly runner: ModelRunner;
  readonly roots: DocumentRoots;
  readonly makeOutputSchema: OutputSchemaMaker;
  readonly log: Log;
  /** Processes that may decode documents at the same time. @default as `openDocument` does */
  readonly maxDecoders?: number | undefined;
  /** What the files of all calls at work may hold together. @default 512 MB for the whole process */
  readonly files?: BodyBudget;
  /** Files that came within the requests and were decoded while they arrived. */
  readonly sentFiles?: SentFiles | undefined;
}

/** Two files of the largest size, and some smaller ones. */
const allFiles = new BodyBudget(512 * 1024 * 1024);

/** A page's result, as far as the facts of an answer need it. */
export type ResultFacts = Pick<PageResult, 'verdict' | 'warnings' | 'work' | 'picture'> & {
  /** Of an answer that was refused; else that of `work`. */
  readonly finishReason?: string | undefined;
};

/**
 * Calls `use` with the document a tool was pointed at. Its bytes count towards what all calls may hold from before they are read until `use` has ended.
 * @throws QUEUE_FULL when all together would be too much
 */
export async function withDocument<T>(
  { roots, files = allFiles, sentFiles }: ToolContext,
  ctx: ServerContext,
  source: string,
  use: (document: DocumentBytes) => Promise<T>,
): Promise<T> {
  const share = files.open();
  try {
    return await use(await readDocument(source, roots, { signal: ctx.mcpReq.signal, hold: share.hold, decoded: sentFiles }));
  } finally {
    share.release();
  }
}

/** Why the result is not to be taken as it is. */
export function tellVerdict(verdict: PageVerdict): readonly string[] {
  return isToldApart(verdict) ? [`${verdict.kind}: ${verdict.reasons.join(' ')}`] : [];
}

/** Wall time since `started` (of `performance.now()`), in seconds to the millisecond. */
export function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}

/** Facts every answer carries. */
export interface AnswerFacts {
  readonly document: string;
  readonly handle?: string;
  readonly sha256: string;
  readonly model: string;
  readonly seconds: number;
  readonly finish_reason: FinishReason;
  /** In a word. */
  readonly verdict: VerdictKind;
  /** How the page was shown to the model. */
  readonly picture?: string;
  readonly input_tokens?: number;
  readonly image_tokens?: number;
  readonly output_tokens?: number;
  readonly warnings: string[];
}

/** The facts for `structuredContent`. `removed` hidden characters become a warning. */
export function collectFacts(
  tools: ToolContext,
  document: DocumentBytes,
  { result, seconds }: { readonly result: ResultFacts; readonly seconds: number },
  removed: number,
): AnswerFacts {
  const { verdict, work, finishReason = work?.finishReason ?? 'stop' } = result;
  const warnings = [...result.warnings, ...tellVerdict(verdict)].map(tellAgent);
  if (removed > 0) warnings.push(`${removed} hidden or control characters were taken out of the text.`);
  const picture = tellPicture(result.picture);
  return {
    document: cleanText(document.name).text,
    ...(document.handle === undefined ? {} : { handle: document.handle }),
    sha256: document.sha256,
    model: tools.runner.modelId,
    seconds,
    finish_reason: toFinishReason(finishReason),
    verdict: verdict.kind,
    ...(picture === undefined ? {} : { picture }),
    ...(work === undefined
      ? {}
      : { input_tokens: work.usage.inputTokens, image_tokens: work.usage.imageTokens, output_tokens: work.usage.outputTokens }),
    warnings,
  };
}

/** The facts as one short paragraph for `content`. */
export function describeFacts(facts: AnswerFacts): string {
  const warnings = facts.warnings.map((warning) => `\nWarning: ${warning}`).join('');
  const tokens =
    facts.input_tokens === undefined
      ? ''
      : `, ${facts.input_tokens} tokens in (${facts.image_tokens} of the image), ${facts.output_tokens} out`;
  return `Model ${facts.model}, ${facts.seconds} s${tokens}, ended by ${facts.finish_reason}, verdict ${facts.verdict}${facts.picture === undefined ? '' : `, shown as ${facts.picture}`}${facts.handle === undefined ? '' : `, handle ${facts.handle}`}, SHA-256 ${facts.sha256}.${warnings}`;
}

/** The reason of a failed answer is text; what is no word of ours ended by itself. */
function toFinishReason(reason: string): FinishReason {
  return finishReasons.find((known) => known === reason) ?? 'stop';
}
