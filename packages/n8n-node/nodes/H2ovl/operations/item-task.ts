import type { IExecuteFunctions } from 'n8n-workflow';
import type { ItemImage } from '../read-images.ts';

/** Everything one operation needs to work on one item; parameters are read and complete. */
export interface ItemTask {
  readonly context: IExecuteFunctions;
  readonly itemIndex: number;
  readonly model: string;
  readonly images: readonly ItemImage[];
  readonly options: ItemOptions;
}

/** The Options collection of an item. */
export interface ItemOptions {
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
  /** Undefined: the default of the operation. */
  readonly maxTokens: number | undefined;
  /** Undefined: the default of the server. */
  readonly maxTiles: number | undefined;
  /** Undefined: the default instruction of the operation. */
  readonly prompt: string | undefined;
  /** Output an answer that misses its schema instead of refusing it. */
  readonly keepMisfits: boolean;
}

const defaultTimeoutSeconds = 600;

/** Reads the Options collection; what was not added or is 0 or empty counts as not set. */
export function readOptions(context: IExecuteFunctions, itemIndex: number): ItemOptions {
  // n8n hands out a collection as an object with the options the user added.
  const options = context.getNodeParameter('options', itemIndex, {}) as Readonly<Record<string, unknown>>;
  return {
    timeoutMs: (readCount(options.timeout) ?? defaultTimeoutSeconds) * 1000,
    maxTokens: readCount(options.maxTokens),
    maxTiles: readCount(options.maxTiles),
    prompt: typeof options.prompt === 'string' && options.prompt.trim() !== '' ? options.prompt : undefined,
    keepMisfits: options.keepMisfits === true,
  };
}

function readCount(value: unknown): number | undefined {
  const count = Number(value ?? 0);
  return Number.isFinite(count) && count > 0 ? count : undefined;
}
