import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countEdits, scoreTexts } from '../../../cli/src/measure/text-metrics.ts';
import { type NanoSample, readNanoSamples } from '../../scripts/reference/nano-samples.ts';
import { openVariants, type Variants } from '../../scripts/reference/open-variants.ts';
import { continueGreedily, preparePages } from '../../scripts/reference/run-case.ts';
import { decodeImage } from '../../src/documents/decode-image.ts';
import type { Runtime } from '../../src/runtime/port.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { adapters, openAdapter } from '../helpers/runtime-under-test.ts';

const nano = join(import.meta.dirname, '../../../nano');
/** Where the two best logits were closer than this, another float32 implementation may rightly differ (the nano README). */
const decidedMargin = 1e-3;

interface Reading {
  readonly sample: NanoSample;
  readonly causal: string;
  readonly causalTokens: readonly number[];
  readonly isSame: { readonly causal: boolean; readonly unmasked: boolean };
}

// Origin: PyTorch 2.13 with transformers 5.18 on the nano checkpoint, float32, greedy; tolerance: none. Its prompts were read without a causal
// mask (docs/decisions/0002-causal-attention.md), so both ways of reading are compared, and one of them must give every token.
describe.each(adapters)('nano through the %s adapter', (adapter) => {
  let folder: string;
  let runtime: Runtime;
  let variants: Variants;
  const readings: Reading[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'h2ovl-nano-'));
    runtime = await openAdapter(adapter);
    variants = await openVariants(runtime, join(nano, 'checkpoint'), folder);
    const { addedTokens, file } = variants.manifest.tokenizer;
    const tokenizer = createTokenizer({ modelBytes: await readFile(join(variants.directory, file)), addedTokens });
    for (const sample of await readNanoSamples(join(nano, 'samples'))) readings.push(await read(sample, variants, tokenizer));
  });

  afterAll(async () => {
    await variants?.dispose();
    await runtime?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives every token that PyTorch gives, on every page', () => {
    const decided = readings.filter(({ sample }) => sample.smallest_margin >= decidedMargin);
    expect(decided.length).toBeGreaterThan(0);
    const differing = (way: 'causal' | 'unmasked'): string[] =>
      decided.filter(({ isSame }) => !isSame[way]).map(({ sample }) => sample.file);
    // One way for the whole file: a mixture would be a coincidence.
    expect([differing('causal').length, differing('unmasked').length]).toContain(0);
  });

  it('gives every token that PyTorch gives with the causal mask', async (context) => {
    const reference = await readCausalReference();
    if (reference === undefined) return context.skip('the numbers were computed from another nano checkpoint');
    for (const { file, tokens, smallest_margin } of reference) {
      const reading = readings.find(({ sample }) => sample.file === file);
      if (smallest_margin >= decidedMargin) expect([file, reading?.causalTokens]).toEqual([file, tokens]);
    }
    expect(reference.length).toBe(readings.length);
  });

  it('reads causally at least as well as the stored reading', () => {
    const pages = readings.filter(({ sample }) => sample.question.startsWith('Read'));
    const errorRate = (text: (reading: Reading) => string): number =>
      scoreTexts(pages.map((reading) => countEdits(text(reading), reading.sample.answer))).cer;
    const ours = errorRate(({ causal }) => causal);
    const stored = errorRate(({ sample }) => sample.pytorch);
    const exact = readings.filter(({ sample, causal }) => sample.answer === causal).length;
    console.log(
      `nano, ${adapter}: CER ${ours.toFixed(3)} causal, ${stored.toFixed(3)} stored; ${exact} of ${readings.length} exactly right`,
    );
    expect(ours).toBeLessThanOrEqual(stored);
  });
});

async function read(sample: NanoSample, variants: Variants, tokenizer: Tokenizer): Promise<Reading> {
  const bytes = await readFile(join(nano, 'samples', sample.file));
  const { raster } = await decodeImage(bytes, { name: sample.file });
  const page = await preparePages(variants, tokenizer, { rasters: [raster], turns: [[`<image>\n${sample.question}`, null]] });
  const { endTokenIds } = variants.manifest.model;
  const steps = sample.finish === 'stop' ? 400 : sample.tokens.length;
  const causal = await continueGreedily(variants.causal, page.source, endTokenIds, steps);
  const unmasked = await continueGreedily(variants.unmaskedPrompt, page.source, endTokenIds, steps);
  const isSame = (tokens: readonly number[]): boolean => JSON.stringify(tokens) === JSON.stringify(sample.tokens);
  return {
    sample,
    causal: tokenizer.decode(causal.tokens),
    causalTokens: causal.tokens,
    isSame: { causal: isSame(causal.tokens), unmasked: isSame(unmasked.tokens) },
  };
}

interface CausalSample {
  readonly file: string;
  readonly tokens: readonly number[];
  readonly smallest_margin: number;
}

/** What PyTorch reads with the mask; undefined when it was computed from another checkpoint than the one that is here. */
async function readCausalReference(): Promise<readonly CausalSample[] | undefined> {
  const text = await readFile(join(import.meta.dirname, 'reference-causal/nano-samples.json'), 'utf8');
  const reference: { readonly checkpoint_sha256: string; readonly samples: readonly CausalSample[] } = JSON.parse(text);
  const weights = await readFile(join(nano, 'checkpoint/model.safetensors'));
  return createHash('sha256').update(weights).digest('hex') === reference.checkpoint_sha256 ? reference.samples : undefined;
}
