import type { OperationName } from '@h2ovl/contract';
import {
  buildDocumentOptions,
  type DocumentRequestOptions,
  documentPartName,
  type PageContent,
  readDocumentEvent,
  readError,
  wirePaths,
  writeFormFields,
} from '@h2ovl/contract/wire';
import type { IExecuteFunctions } from 'n8n-workflow';
import { explainBrokenAnswer, explainFailedRequest, explainForeignAnswer, explainRefusal, refusalOf } from './errors.ts';
import { readEvents } from './event-stream.ts';
import type { ItemFile } from './read-files.ts';
import { type OpenAnswer, openStream, type SendOptions } from './transport.ts';

/** What the server made of one document. */
export interface DocumentPages {
  /** Of the whole file, whatever pages were asked for. */
  readonly pageCount: number;
  /** Those that were asked for, in order. */
  readonly pages: readonly PageContent[];
}

/** Has the server read, ask about or extract from each page of a file. The time limit counts from page to page. Throws NodeApiError. */
export async function runDocument(
  context: IExecuteFunctions,
  operation: OperationName,
  file: ItemFile,
  options: DocumentRequestOptions,
  sending: SendOptions,
): Promise<DocumentPages> {
  const form = new FormData();
  for (const [name, value] of writeFormFields(buildDocumentOptions(options, {}))) form.append(name, value);
  form.append(documentPartName, new Blob([Uint8Array.from(file.bytes)], { type: file.mimeType }), file.name);
  const answer = await openStream(context, { url: wirePaths[operation], body: form }, { ...sending, fileName: file.name });
  if (answer.body === undefined) throw explainRefusal(context, answer.facts, answer.refusal);
  return await collect(context, answer, sending.signal);
}

async function collect(
  context: IExecuteFunctions,
  { body, facts, limit }: Extract<OpenAnswer, { readonly refusal?: undefined }>,
  signal: AbortSignal | undefined,
): Promise<DocumentPages> {
  const pages: PageContent[] = [];
  let pageCount = 0;
  let due: readonly number[] | undefined;
  let isWhole = false;
  try {
    for await (const value of readEvents(body, limit, signal)) {
      const event = readDocumentEvent(value);
      if (event === undefined)
        throw readError(value) === undefined ? explainForeignAnswer(context, facts) : explainRefusal(context, facts, refusalOf(value));
      if (event.type === 'document') [pageCount, due] = [event.document.pageCount, event.pages];
      else if (event.type === 'done') isWhole = true;
      if (event.type !== 'page') continue;
      limit.restart();
      pages.push(event.result);
    }
  } catch (error) {
    throw explainFailedRequest(context, facts, error);
  }
  // Something on the way may have lost or repeated a part.
  if (!isWhole || pages.length !== due?.length || pages.some(({ page }, index) => page !== due?.[index]))
    throw explainBrokenAnswer(context, facts);
  return { pageCount, pages };
}
