import type { PageContent } from '@h2ovl/contract/wire';
import type { IDataObject } from 'n8n-workflow';
import { runDocument } from '../document-pages.ts';
import { blankOptions, documentOptions, type ItemOutput, type ItemTask, sendOptions } from './item-task.ts';
import { type PageOutput, pageMarks, refuseFailedPages, summarize } from './page-output.ts';

/**
 * Reads every page of every file of the item: `{ text, pages: [{ page, text, source }], pageCount, model, durationMs }`, or one such page for each
 * output item. Several files are the pages of one document, counted on; each page then names its `file`.
 */
export async function readText(task: ItemTask): Promise<ItemOutput> {
  const { context, files, model, options } = task;
  const startedAt = Date.now();
  const pages: PageOutput[] = [];
  const request = { ...documentOptions(task), mode: options.mode, instruction: options.prompt, ...blankOptions(task) };
  for (const file of files) {
    const { pages: read } = await runDocument(context, 'read', file, request, sendOptions(task));
    refuseFailedPages(task, read, file.name);
    for (const content of read) {
      const page = files.length === 1 ? content.page : pages.length + 1;
      pages.push({
        page,
        text: content.text.trim(),
        ...describeSource(content.source),
        ...(content.support?.share === undefined ? {} : { support: content.support.share }),
        ...nameFile(file.name, files.length),
        ...pageMarks(content),
      });
    }
  }
  if (options.isPerPage) return pages.map((page) => ({ ...page, pageCount: pages.length, model }));
  const text = pages.map((page) => page.text).join('\n\n');
  return [{ text, pages, pageCount: pages.length, model, durationMs: Date.now() - startedAt, ...summarize(pages) }];
}

function describeSource(source: PageContent['source']): IDataObject {
  return source === undefined ? {} : { source };
}

function nameFile(file: string, count: number): IDataObject {
  return count === 1 ? {} : { file };
}
