import { operations } from '@h2ovl/contract/operations';
import type { IDataObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { cancelSignal, complete } from '../transport.ts';
import type { ItemTask } from './item-task.ts';

const { read } = operations;

/** Reads every image of the item by itself: `{ text, pages: [{ page, text }], pageCount, model, durationMs }`, with `truncated` where a limit cut an answer. */
export async function readText(task: ItemTask): Promise<IDataObject> {
  const { context, itemIndex, model, images, options } = task;
  const startedAt = Date.now();
  const pages: { page: number; text: string; truncated?: true }[] = [];
  for (const [index, image] of images.entries()) {
    if (cancelSignal(context)?.aborted === true) {
      throw new NodeOperationError(context.getNode(), `The run was stopped after ${index} of ${images.length} images`, { itemIndex });
    }
    const completion = await complete(
      context,
      {
        model,
        prompt: options.prompt ?? read.instruction,
        images: [image.url],
        maxOutputTokens: options.maxTokens ?? read.maxOutputTokens,
        maxTiles: options.maxTiles,
        endBlankRuns: read.endBlankRuns,
      },
      { itemIndex, timeoutMs: options.timeoutMs },
    );
    pages.push({ page: index + 1, text: completion.text.trim(), ...(completion.isCut ? { truncated: true } : {}) });
  }
  return {
    text: pages.map((page) => page.text).join('\n\n'),
    pages,
    pageCount: pages.length,
    model,
    durationMs: Date.now() - startedAt,
    ...(pages.some((page) => page.truncated) ? { truncated: true } : {}),
  };
}
