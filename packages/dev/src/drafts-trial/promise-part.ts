import { readFile } from 'node:fs/promises';
import type { GenerateResult, VisionModel } from '@h2ovl/contract';
import { loadModel } from '@h2ovl/core';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { listTrialPages, makePicture, pixelsOf, seedsFrom } from '../lines-trial/trial-pages.ts';
import { nanoPages } from '../testing/nano-samples.ts';
import { addFollowed, nothingFollowed } from './follow-text.ts';

const precisions = ['exact', 'balanced', 'fast'] as const;
const maxOutputTokens = 400;

/** A page to be asked about. */
interface AskedPage {
  readonly name: string;
  readonly png: Uint8Array;
  readonly question: string;
}

async function* listPages(drawn: number): AsyncGenerator<AskedPage> {
  for (const { file, path, question } of nanoPages) yield { name: file, png: await readFile(path), question };
  for (const trial of listTrialPages(drawn, seedsFrom.kept)) {
    const { png } = await makePicture(trial);
    yield { name: `${trial.page.kind} ${trial.distortion} ${trial.seed}`, png, question: 'Read the text in the image.' };
  }
}

/**
 * Answers of nano with drafts and without: at `exact` the texts are the same, and at every precision the text and how sure the model was of it do not depend
 * on what was proposed. Every sample page, and so many drawn ones.
 */
export async function runPromisePart(drawn: number, print: (line: string) => void): Promise<boolean> {
  let isKept = true;
  for (const precision of precisions) {
    const model = await loadModel('nano', { precision });
    const sum = nothingFollowed();
    let [pages, dependent, different] = [0, 0, 0];
    for await (const page of listPages(drawn)) {
      const { text: lines } = await readLines(await pixelsOf(Buffer.from(page.png)));
      const plain = await ask(model, page, undefined);
      const drafted: GenerateResult<unknown>[] = [];
      for (const text of [lines, plain.text, 'Nothing of what stands there. '.repeat(20)].filter((known) => known.trim() !== '')) {
        drafted.push(await ask(model, page, text));
      }
      const [first] = drafted as [GenerateResult<unknown>];
      const { draftedTokens = 0, acceptedTokens = 0, outputTokens } = first.usage;
      addFollowed(sum, { tokens: outputTokens, runs: 0, drafted: draftedTokens, accepted: acceptedTokens, makingMs: 0 });
      pages += 1;
      const isSame = drafted.every(
        ({ text, certainty }) => text === first.text && certainty?.meanLogProbability === first.certainty?.meanLogProbability,
      );
      if (!isSame) {
        dependent += 1;
        print(`  ${precision}, ${page.name}: the answer depends on the drafts`);
      }
      if (first.text !== plain.text) {
        different += 1;
        print(`  ${precision}, ${page.name}: ${describeDifference(plain, first)}`);
      }
    }
    await model.dispose();
    isKept &&= dependent === 0 && (precision !== 'exact' || different === 0);
    const share = ((100 * sum.accepted) / Math.max(1, sum.drafted)).toFixed(0);
    print(
      `${precision}: ${pages} pages, ${dependent} depend on the drafts, ${different} differ from those without; lines: ${sum.tokens} tokens, ${sum.accepted} of ${sum.drafted} candidates taken (${share} %)`,
    );
  }
  return isKept;
}

function ask(model: VisionModel, { png, question }: AskedPage, draftText: string | undefined): Promise<GenerateResult<unknown>> {
  const drafts = draftText === undefined ? ({ drafts: 'off' } as const) : { draftText };
  return model.generate({ prompt: question, images: [png], maxOutputTokens, ...drafts });
}

/** Where two texts part, and how likely the model held what it took there. */
function describeDifference(plain: GenerateResult<unknown>, drafted: GenerateResult<unknown>): string {
  let at = 0;
  while (at < plain.text.length && plain.text[at] === drafted.text[at]) at += 1;
  const oddsOf = ({ text, certainty }: GenerateResult<unknown>): string => {
    const known = certainty?.logProbabilityOf?.(at, Math.min(at + 1, text.length));
    return known === undefined ? '-' : known.toFixed(3);
  };
  const quote = (text: string): string => JSON.stringify(text.slice(at, at + 12));
  return `other text from character ${at}: ${quote(plain.text)} at ${oddsOf(plain)} without, ${quote(drafted.text)} at ${oddsOf(drafted)} with drafts`;
}
