import { readFile } from 'node:fs/promises';
import { compileSchema } from '@h2ovl/core/internal/constraints/compile-schema';
import { createConstraint } from '@h2ovl/core/internal/constraints/constraint';
import { type ConstraintProfile, decodingBounds } from '@h2ovl/core/internal/constraints/limits';
import { Machine } from '@h2ovl/core/internal/constraints/machine/machine';
import { prepareVocabulary, TokenMasks } from '@h2ovl/core/internal/constraints/tokens/token-masks';
import { createForcedText } from '@h2ovl/core/internal/generation/forced-text';
import { followMask } from '@h2ovl/core/internal/generation/logits-rules';
import { SchemaThread } from '@h2ovl/core/internal/json/schema-thread/schema-thread';
import { createTokenizer, type Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { type BenchContext, preparedModel, sampleInTurns, samplesOf, startEngine } from '../bench-context.ts';
import { findBenchModel } from '../bench-models.ts';
import { watchCpu } from '../cpu-watch.ts';
import type { AnswerQuestion } from '../engines/engine-protocol.ts';
import { variantsOf } from '../judged-variants.ts';

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

/** A page of the 0.8B. */
const pastTokens = 1800;
const warmUpDocuments = 3; // until the engine has compiled the code

/** What holding an answer to a schema costs, on the real vocabulary of 32,000 pieces: per token, and once per schema. */
export async function measureSchema(context: BenchContext): Promise<void> {
  const { tokenizerModel } = findBenchModel('0.8b'); // the real one, whichever model is measured
  const tokenizer = createTokenizer({ modelBytes: await readFile(tokenizerModel), addedTokens: {} });
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
    const compiled = await timeCompiling();
    const masks = new TokenMasks(new Machine(compileSchema(invoice, profile)), prepared);
    const cold = followDocument(masks, tokenizer);
    const warm = followDocument(masks, tokenizer);
    if (round < 0) continue;
    for (const [work, ms] of Object.entries(compiled)) add(work, ms);
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
  await measureJumps(context, new TokenMasks(new Machine(compileSchema(invoice, profile)), prepared), tokenizer);
}

/** What it saves that the model is not asked for text without a choice: in tokens, and in the time that the model takes for the whole answer. */
async function measureJumps(context: BenchContext, masks: TokenMasks, tokenizer: Tokenizer): Promise<void> {
  const runs = cutAtChoices(masks, tokenizer);
  const tokens = runs.flat();
  const share = ((tokens.length - runs.length) / tokens.length) * 100;
  context.add({ work: 'schema, tokens not asked for', precision: null, unit: '% of tokens', samples: [share], othersShare: undefined });
  for (const variant of variantsOf('schema', context.options)) {
    const { directory } = preparedModel(context, variant);
    const engine = await startEngine(context, 'language', { directory, threads: context.threads });
    try {
      const ask = (ways: readonly (readonly number[])[]) => (): Promise<number> =>
        engine.ask<number>('answer', { runs: ways, past: pastTokens } satisfies AnswerQuestion);
      const contestants = [
        { name: 'schema, answer with jumps', sample: ask(runs) },
        { name: 'schema, answer without jumps', sample: ask(tokens.map((token) => [token])) },
      ];
      for (const { sample } of contestants) await sample(); // warm
      const { samples, othersShare } = await sampleInTurns(context, 'schema', contestants);
      for (const { name } of contestants) {
        context.add({ work: name, precision: variant, unit: 'ms', samples: samplesOf(samples, name), othersShare });
      }
    } finally {
      await engine.close();
    }
  }
}

/** The document as decoding goes through it: each token that is chosen, with those that must follow. */
function cutAtChoices(masks: TokenMasks, tokenizer: Tokenizer): readonly (readonly number[])[] {
  const constraint = createConstraint(masks);
  const forced = createForcedText(constraint, tokenizer);
  const tokens = tokenizer.encodeText(writeLine(document));
  const runs: (readonly number[])[] = [];
  for (let place = 0; place < tokens.length; ) {
    const chosen = tokens[place] as number;
    constraint.accept(chosen);
    forced.accept(chosen);
    const run = [chosen, ...forced.take()];
    if (run.some((token, index) => token !== tokens[place + index]))
      throw new Error('Forced text is cut into other tokens than the document.');
    runs.push(run);
    place += run.length;
  }
  return runs;
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

/** Milliseconds until a schema can be used, by what it is: each in a new thread that stands ready and has compiled nothing before. */
async function timeCompiling(): Promise<Readonly<Record<string, number>>> {
  const times: Record<string, number> = {};
  for (const [name, schema] of Object.entries({ invoice, '200 members': wide })) {
    const thread = new SchemaThread();
    try {
      times['schema, thread start'] = await timed(() => thread.check({}, null));
      times[`schema, compile ${name}`] = await timed(() => thread.compile(schema, profile));
      times[`schema, compile ${name} again`] = await timed(() => thread.compile(schema, profile));
    } finally {
      await thread.stop();
    }
  }
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}
