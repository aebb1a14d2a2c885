import { readFile } from 'node:fs/promises';
import { compileSchema } from '@h2ovl/core/internal/constraints/compile-schema';
import { createConstraint } from '@h2ovl/core/internal/constraints/constraint';
import { type ConstraintProfile, decodingBounds } from '@h2ovl/core/internal/constraints/limits';
import { Machine } from '@h2ovl/core/internal/constraints/machine/machine';
import { prepareVocabulary, TokenMasks } from '@h2ovl/core/internal/constraints/tokens/token-masks';
import { followMask } from '@h2ovl/core/internal/generation/logits-rules';
import { createTokenizer, type Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import type { BenchContext } from '../bench-context.ts';
import { watchCpu } from '../cpu-watch.ts';

const profile: ConstraintProfile = {
  type: 'decoding',
  layout: { indent: undefined, gap: ' ' },
  memberOrder: 'declared',
  bounds: decodingBounds,
  unsupported: 'refuse',
};

const text = { type: 'string' };
const closed = (properties: Record<string, object>): Record<string, unknown> => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const invoice = closed({
  number: text,
  date: { type: ['string', 'null'], format: 'date' },
  seller: text,
  email: { type: 'string', format: 'email' },
  currency: { enum: ['EUR', 'USD', 'GBP'] },
  lines: {
    type: 'array',
    items: closed({
      name: { type: 'string', maxLength: 120 },
      sku: { type: 'string', pattern: '^[A-Z0-9-]+$' },
      quantity: { type: 'integer', minimum: 0, maximum: 9999 },
      price: { type: 'number', minimum: 0 },
    }),
  },
  total: { type: 'number' },
  note: text,
});

const wide = closed(
  Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [
      `field_${index}`,
      { enum: Array.from({ length: 8 }, (_, value) => `value ${value} of ${index}`) },
    ]),
  ),
);

const document = {
  number: 'RE-2024/118',
  date: '2024-02-29',
  seller: 'Müller & Söhne "Nord" GmbH, 東京',
  email: 'billing@example.com',
  currency: 'EUR',
  lines: Array.from({ length: 20 }, (_, index) => ({
    name: `Article no. ${index}, large`,
    sku: `AB-${index}`,
    quantity: index,
    price: index + 0.25,
  })),
  total: 1234.5,
  note: 'Payable within 14 days.\nThank you, and until the next time.',
};

const warmUpDocuments = 3; // until the engine has compiled the code

/** What holding an answer to a schema costs, on the real vocabulary of 32,000 pieces: per token, and once per schema. */
export async function measureSchema(context: BenchContext): Promise<void> {
  const file = new URL('../../../../core/test/golden/reference/tokenizer.model', import.meta.url);
  const tokenizer = createTokenizer({ modelBytes: await readFile(file), addedTokens: {} });
  const steps = prepareVocabulary({
    size: tokenizer.vocabularySize,
    bytesOf: (id) => tokenizer.pieceBytes(id),
    endTokens: [tokenizer.eosId],
    losesFirstSpace: (id) => tokenizer.contentOf(id).type === 'text',
  });
  let step = steps.next();
  while (!step.done) step = steps.next();
  const prepared = step.value;
  const rows = new Map<string, number[]>();
  const add = (work: string, ms: number): void => void rows.set(work, [...(rows.get(work) ?? []), ms]);
  const readOthers = watchCpu();
  for (let round = -warmUpDocuments; round < context.options.repeat; round += 1) {
    context.signal.throwIfAborted();
    const compiled = await timed(() => compileSchema(invoice, profile));
    const compiledWide = await timed(() => compileSchema(wide, profile));
    const masks = new TokenMasks(new Machine(compiled.value), prepared);
    const cold = followDocument(masks, tokenizer);
    const warm = followDocument(masks, tokenizer);
    if (round < 0) continue;
    add('schema, compile invoice', compiled.ms);
    add('schema, compile 200 members', compiledWide.ms);
    for (const [name, times] of [
      ['cold', cold],
      ['warm', warm],
    ] as const) {
      add(`schema, token p50 ${name}`, quantile(times, 0.5));
      add(`schema, token p99 ${name}`, quantile(times, 0.99));
    }
  }
  const othersShare = readOthers();
  for (const [work, samples] of rows) context.add({ work, precision: null, unit: 'ms', samples, othersShare });
}

/** Milliseconds of mask, apply and accept for each token of the document. */
function followDocument(masks: TokenMasks, tokenizer: Tokenizer): readonly number[] {
  const constraint = createConstraint(masks);
  const rule = followMask(constraint);
  const logits = new Float32Array(tokenizer.vocabularySize);
  return tokenizer.encodeText(writeLine(document)).map((token) => {
    logits.fill(0); // the model's part
    const startedMs = performance.now();
    rule.apply(logits);
    rule.accept(token);
    return performance.now() - startedMs;
  });
}

function writeLine(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(writeLine).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, entry]) => `${JSON.stringify(name)}: ${writeLine(entry)}`)
    .join(', ')}}`;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startedMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedMs };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}
