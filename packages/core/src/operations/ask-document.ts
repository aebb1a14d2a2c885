import { askRequest, checkOptions, type DocumentFacts, type OptionNames, type PageAnswer } from '@h2ovl/contract';
import { type DocumentOptions, type DocumentSourceInput, documentOptionNames, modelOptions } from './document-options.ts';
import { layerDraft } from './draft-text.ts';
import { eachPage, type PageTask } from './each-page.ts';
import { describeWarnings, describeWork, generate, type PageModelSource } from './page-model.ts';
import { showToModel } from './pages/show-to-model.ts';
import { cacheOf, resultKey } from './result-cache.ts';
import { withoutRepetitions } from './verdicts/attempt-answer.ts';
import { answerVerdict } from './verdicts/verdicts.ts';

/** What is asked of each page. */
export interface AskDocumentOptions extends DocumentOptions {
  readonly model: PageModelSource;
  readonly question: string;
}

const askOptionNames: OptionNames<AskDocumentOptions> = { ...documentOptionNames, model: true, question: true };

/**
 * Asks the model one question about each page, one answer a page: lazy, in order. What the model kept of a page serves the next question about it.
 * @throws as `readDocument` does
 */
export function askDocument(source: DocumentSourceInput, options: AskDocumentOptions): AsyncGenerator<PageAnswer, void> {
  checkOptions(options, askOptionNames, 'askDocument()');
  return eachPage<PageAnswer>(
    source,
    options,
    (task, facts) => askPage(task, facts, options),
    (result) => ({ ...result, text: '' }),
  );
}

async function askPage({ page, time, report }: PageTask, document: DocumentFacts, options: AskDocumentOptions): Promise<PageAnswer> {
  const model = typeof options.model === 'function' ? await options.model() : options.model;
  const request = askRequest({ images: [page], question: options.question, ...modelOptions(options) });
  const key = resultKey(page, { ...request, rotate: options.rotate });
  const known = key === undefined ? undefined : (cacheOf(model).get(key) as PageAnswer | undefined);
  if (known !== undefined) return { ...known, page: page.number, document };
  const shown = await time.clock(() => showToModel(model, page, { ...options, lines: undefined, parts: 'together', time }));
  const draftText = (await time.clock(() => layerDraft(page, options))) ?? shown.lines?.text;
  const wanted = { ...request, images: shown.images, draftText, budgetMs: time.answerBudgetMs } as typeof request;
  const result = await generate(shown.model, wanted, (event) => {
    if (event.type === 'progress' || event.type === 'text-delta') report(event);
  });
  const picture = shown.picture(result);
  const warnings = [...describeWarnings(result), ...shown.warnings(result)];
  time.count(result);
  const text = withoutRepetitions(result).trim();
  const verdict = answerVerdict(text, result.finishReason);
  const answer: PageAnswer = {
    page: page.number,
    document,
    text,
    verdict,
    ...(picture && { picture }),
    warnings,
    work: describeWork(result, text),
  };
  if (key !== undefined && verdict.kind !== 'timed-out') cacheOf(model).set(key, answer, answer.text.length + 500);
  return answer;
}
