import { operations } from '@h2ovl/contract/operations';
import { NodeOperationError } from 'n8n-workflow';
import { complete } from '../complete.ts';
import { runDocument } from '../document-pages.ts';
import type { ItemFile } from '../read-files.ts';
import { chooseInput, documentOptions, type ItemOutput, type ItemTask, sendOptions } from './item-task.ts';
import { type PageOutput, pageMarks, refuseFailedPages, summarize } from './page-output.ts';

/**
 * Asks one question: about all images of the item together, `{ answer, model, durationMs }`; about each page of a document, with `pages` beside, or one
 * output item for each page. `truncated` where the limit cut an answer.
 */
export async function askQuestion(task: ItemTask): Promise<ItemOutput> {
  const { context, itemIndex, model, options } = task;
  const question = String(context.getNodeParameter('text', itemIndex) ?? '').trim();
  if (question === '') {
    throw new NodeOperationError(context.getNode(), 'No question is asked', {
      itemIndex,
      description: 'Write it into Question, e.g. What is the total?',
    });
  }
  const input = chooseInput(task);
  if ('document' in input) return await askPages(task, input.document, question);
  const startedAt = Date.now();
  const completion = await complete(
    context,
    {
      model,
      prompt: question,
      images: input.images,
      maxOutputTokens: options.maxTokens ?? operations.ask.maxOutputTokens,
      tiles: options.tiles,
      budgetMs: options.pageBudgetMs,
    },
    sendOptions(task),
  );
  const answer = { answer: completion.text.trim(), model, durationMs: Date.now() - startedAt };
  return [{ ...answer, ...(completion.isCut ? { truncated: true } : {}) }];
}

async function askPages(task: ItemTask, document: ItemFile, question: string): Promise<ItemOutput> {
  const { context, model, options } = task;
  const startedAt = Date.now();
  const asked = await runDocument(context, 'ask', document, { ...documentOptions(task), question }, sendOptions(task));
  refuseFailedPages(task, asked.pages, document.name);
  const pages = asked.pages.map((page): PageOutput => ({ page: page.page, answer: page.text.trim(), ...pageMarks(page) }));
  if (options.isPerPage) return pages.map((page) => ({ ...page, pageCount: asked.pageCount, model }));
  const answer = pages.map((page) => page.answer).join('\n\n');
  return [{ answer, pages, pageCount: asked.pageCount, model, durationMs: Date.now() - startedAt, ...summarize(pages) }];
}
