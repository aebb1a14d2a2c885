import { operations } from '@h2ovl/contract/operations';
import type { IDataObject } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { readSchema } from '../schema/read-schema.ts';
import { complete } from '../transport.ts';
import type { ItemTask } from './item-task.ts';

/**
 * Fills a schema from all images of the item together: `{ output, valid, issues, model, durationMs }`. `output` is an object, never a string.
 * An answer that misses the schema is refused, or with the option kept with `valid: false` and what is wrong in `issues`.
 */
export async function extractData(task: ItemTask): Promise<IDataObject> {
  const { context, itemIndex, model, images, options } = task;
  const schema = readSchema(context, itemIndex);
  const startedAt = Date.now();
  const completion = await complete(
    context,
    {
      model,
      prompt: options.prompt ?? '', // the model's side has an instruction of its own for a schema
      images: images.map((image) => image.url),
      maxOutputTokens: options.maxTokens ?? operations.extract.maxOutputTokens,
      maxTiles: options.maxTiles,
      output: schema,
    },
    { itemIndex, timeoutMs: options.timeoutMs, acceptMisfit: options.keepMisfits },
  );
  const output = parseObject(completion.text);
  // The server has checked the answer; its root is an object, as the schema's is.
  const unread = output === undefined ? ['answer: is not a JSON object'] : [];
  const issues = completion.issues.length > 0 ? completion.issues : unread;
  if (issues.length > 0 && !options.keepMisfits) {
    throw new NodeOperationError(context.getNode(), 'The answer of the model does not fit the schema', {
      itemIndex,
      description: `${issues.slice(0, 5).join('; ')}. Ask for fewer fields, or switch on Keep Answers That Do Not Fit under Options.`,
    });
  }
  return {
    output: output ?? null,
    valid: issues.length === 0,
    issues: [...issues],
    ...(output === undefined ? { text: completion.text } : {}),
    model,
    durationMs: Date.now() - startedAt,
    ...(completion.isCut ? { truncated: true } : {}),
  };
}

function parseObject(text: string): IDataObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as IDataObject) : undefined;
  } catch {
    return undefined; // the caller says so, with the text
  }
}
