import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countEdits, scoreTexts } from '../../../cli/src/measure/text-metrics.ts';
import { type NanoSample, readNanoSamples } from '../../../dev/src/reference/nano-samples.ts';
import { openVariants, type Variants } from '../../../dev/src/reference/open-variants.ts';
import { continueGreedily, preparePages } from '../../../dev/src/reference/run-case.ts';
import { decodeImage } from '../../src/documents/images/decode-image.ts';
import type { Runtime } from '../../src/runtime/port.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { adapters, openAdapter } from '../helpers/runtime-under-test.ts';

const nano = join(import.meta.dirname, '../../../nano');
/** Where the two best logits were closer than this, another float32 implementation may rightly differ (the nano README). */
const decidedMargin = 1e-3;

interface Reading {
  readonly sample: NanoSample;
  readonly text: string;
  readonly tokens: readonly number[];
}

// Origin: PyTorch 2.11 with transformers 5.17 on the nano checkpoint, float32, greedy, causal; tolerance: none.
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

  it('gives every token and the very text that PyTorch gives, on every page', () => {
    const undecided = readings.filter(({ sample }) => sample.smallest_margin < decidedMargin);
    if (undecided.length > 0) console.log(`nano, undecided and not compared: ${undecided.map(({ sample }) => sample.file).join(', ')}`);
    const decided = readings.filter((reading) => !undecided.includes(reading));
    expect(decided.length).toBeGreaterThan(0);
    for (const { sample, text, tokens } of decided) {
      expect([sample.file, text, tokens]).toEqual([sample.file, sample.pytorch, sample.tokens]);
    }
  });

  it('reads the transcriptions with the error rate that its README states', async () => {
    const pages = readings.filter(({ sample }) => sample.question.startsWith('Read'));
    const { cer } = scoreTexts(pages.map(({ sample, text }) => countEdits(text, sample.answer)));
    const exact = readings.filter(({ sample, text }) => sample.answer === text).length;
    console.log(`nano, ${adapter}: character error rate ${cer.toFixed(3)}; ${exact} of ${readings.length} exactly right`);
    const readme = await readFile(join(nano, 'README.md'), 'utf8');
    const stated = /on these samples.*?character error rate (\d\.\d+)/s.exec(readme)?.[1];
    expect(cer.toFixed(3)).toBe(stated);
  });
});

async function read(sample: NanoSample, variants: Variants, tokenizer: Tokenizer): Promise<Reading> {
  const bytes = await readFile(join(nano, 'samples', sample.file));
  const { raster } = await decodeImage(bytes, { name: sample.file });
  const page = await preparePages(variants, tokenizer, { rasters: [raster], turns: [[`<image>\n${sample.question}`, null]] });
  const { endTokenIds } = variants.manifest.model;
  // One step more than PyTorch took shows whether the answer ends where PyTorch's does.
  const steps = sample.finish === 'stop' ? sample.tokens.length + 1 : sample.tokens.length;
  const { tokens } = await continueGreedily(variants.chunked, page.source, endTokenIds, steps);
  return { sample, text: tokenizer.decode(tokens), tokens };
}
