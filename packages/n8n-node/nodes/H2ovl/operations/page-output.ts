import type { PageContent } from '@h2ovl/contract/wire';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { explainRefusal, refusalOf } from '../errors.ts';
import type { ItemTask } from './item-task.ts';

/** A page as the output shows it. */
export type PageOutput = IDataObject & { readonly page: number };

/**
 * What every page says beside its result: its verdict in a word, why, what was tried before it, that a limit cut it, that it failed. Reasons and attempts are
 * left out where there are none.
 */
export function pageMarks({ verdict, picture, work, error }: PageContent): IDataObject {
  const { kind, reasons, attempts } = verdict;
  return {
    verdict: kind,
    ...(reasons.length === 0 ? {} : { verdictReasons: [...reasons] }),
    ...(attempts.length === 0 ? {} : { attempts: attempts.map((attempt) => ({ ...attempt })) }),
    ...(picture === undefined ? {} : { picture: { ...picture, grids: [...picture.grids], crops: picture.crops && [...picture.crops] } }),
    ...(work?.certainty === undefined ? {} : { meanLogProbability: work.certainty.meanLogProbability }),
    ...(work?.finishReason === 'length' ? { truncated: true } : {}),
    ...(error === undefined ? {} : { error: [error.message, error.hint].filter(Boolean).join(' ') }),
  };
}

/** A single page that failed, or all of them, is a failed item. Throws NodeApiError for it. */
export function refuseFailedPages({ context, itemIndex, options }: ItemTask, pages: readonly PageContent[], fileName: string): void {
  const first = pages[0]?.error;
  if (first === undefined || pages.some(({ error }) => error === undefined)) return;
  throw failedPage(context, { baseUrl: '', timeoutMs: options.timeoutMs, itemIndex, fileName }, first);
}

function failedPage(
  context: IExecuteFunctions,
  facts: Parameters<typeof explainRefusal>[1],
  error: NonNullable<PageContent['error']>,
): Error {
  const { code, message, hint, output } = error;
  const told = output === undefined ? {} : { output: { text: output.text, issues: output.issues, finish_reason: output.finishReason } };
  const envelope = { error: { message, code, ...(hint === undefined ? {} : { hint }), ...told } };
  return explainRefusal(context, facts, refusalOf(envelope));
}

/** What the output of a whole item says about its pages. */
export function summarize(pages: readonly PageOutput[]): IDataObject {
  const failedPages = pages.filter(({ error }) => error !== undefined).map(({ page }) => page);
  return {
    ...(pages.some(({ truncated }) => truncated === true) ? { truncated: true } : {}),
    ...(failedPages.length === 0 ? {} : { failedPages }),
  };
}
