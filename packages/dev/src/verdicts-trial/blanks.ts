import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenerateResult, GenerationEvent, PageReading } from '@h2ovl/contract';
import { type PageModel, readDocument } from '@h2ovl/core';
import sharp from 'sharp';
import { blankPages, nearlyBlankPages } from '../lines-trial/blank-pages.ts';
import { Random } from '../lines-trial/random.ts';
import { keptBlankPages, keptNearlyBlankPages } from './kept-pages.ts';

/** A model that always has something to say, and reads no more than print: what a page may come to in the worst case. */
const inventor: PageModel = {
  id: 'nano',
  async *stream(): AsyncGenerator<GenerationEvent<unknown>, void> {
    const result: GenerateResult<unknown> = {
      text: inventedText,
      object: undefined,
      finishReason: 'stop',
      usage: { inputTokens: 1, imageTokens: 1, outputTokens: 1, cachedTokens: 0 },
      timings: { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 },
      warnings: [],
    };
    yield { type: 'finish', result };
  },
};

const inventedText = 'Invented text';

/** The two pictures that once became 141 invented tokens. */
const formerFaults: Readonly<Record<string, () => Promise<Buffer>>> = {
  'black square': () => plain(448),
  'single pixel': () => plain(1),
};

const plain = (side: number): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: '#000' } })
    .png()
    .toBuffer();

type Pages = Readonly<Record<string, () => Promise<Buffer>>>;

/** Kinds that rules were tried on, and kinds kept apart. */
export type BlankSetName = 'tried' | 'kept';

/** Pages without text, and those with hardly any, by name. */
const blankSets: Readonly<Record<BlankSetName, { readonly blank: Pages; readonly nearly: Pages }>> = {
  tried: { blank: { ...formerFaults, ...blankPages() }, nearly: nearlyBlankPages() },
  kept: { blank: keptBlankPages(new Random(77)), nearly: keptNearlyBlankPages(new Random(78)) },
};

/** Reads a page with a model that invents. */
async function readWithInventor(png: Buffer): Promise<PageReading> {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-verdicts-'));
  try {
    const path = join(folder, 'page.png');
    writeFileSync(path, png);
    for await (const reading of readDocument(path, { model: inventor, mode: 'model' })) return reading;
    throw new Error('A picture has one page.');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Pages of a set that got text though nothing stands on them, or were called blank though something does; as sentences. */
export async function blankFaults(set: BlankSetName, names?: ReadonlySet<string>): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [name, draw] of Object.entries(blankSets[set].blank)) {
    if (names?.has(name) === false) continue;
    const { text, verdict } = await readWithInventor(await draw());
    if (text !== '') faults.push(`${name}: has text ${JSON.stringify(text)}, verdict ${verdict.kind}`);
  }
  for (const [name, draw] of Object.entries(blankSets[set].nearly)) {
    if (names?.has(name) === false) continue;
    const { text, verdict } = await readWithInventor(await draw());
    if (verdict.kind === 'blank' || text === '') faults.push(`"${name}": verdict ${verdict.kind}, text ${JSON.stringify(text)}`);
  }
  return faults;
}

/** The part of the trial: whether nothing is invented, and no page with text is called blank. */
export async function runBlanksPart(set: BlankSetName, _pages: number, print: (line: string) => void): Promise<boolean> {
  const faults = await blankFaults(set);
  const { blank, nearly } = blankSets[set];
  print(
    `blanks: ${Object.keys(blank).length} kinds of blank and ${Object.keys(nearly).length} of nearly blank pages (${set}): ${faults.length} faults`,
  );
  for (const fault of faults) print(`  ${fault}`);
  return faults.length === 0;
}
