import { operations } from '@h2ovl/contract/operations';
import type { IDataObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { complete } from '../transport.ts';
import type { ItemTask } from './item-task.ts';

/** Asks one question about all images of the item together: `{ answer, model, durationMs }`, with `truncated` where the limit cut it. */
export async function askQuestion(task: ItemTask): Promise<IDataObject> {
  const { context, itemIndex, model, images, options } = task;
  const question = String(context.getNodeParameter('text', itemIndex) ?? '').trim();
  if (question === '') {
    throw new NodeOperationError(context.getNode(), 'No question is asked', {
      itemIndex,
      description: 'Write it into Question, e.g. What is the total?',
    });
  }
  const startedAt = Date.now();
  const completion = await complete(
    context,
    {
      model,
      prompt: question,
      images: images.map((image) => image.url),
      maxOutputTokens: options.maxTokens ?? operations.ask.maxOutputTokens,
      maxTiles: options.maxTiles,
    },
    { itemIndex, timeoutMs: options.timeoutMs },
  );
  return {
    answer: completion.text.trim(),
    model,
    durationMs: Date.now() - startedAt,
    ...(completion.isCut ? { truncated: true } : {}),
  };
}
