import { writeExample } from '../json/structured-prompt.ts';
import type { JsonLayout } from '../model-files/manifest.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { logSumExp } from './compare-logits.ts';
import { type ReadableModel, withPage } from './open-precision.ts';

/** How probable one layout is to a model. */
export interface LayoutMeasure {
  readonly layout: JsonLayout;
  /** Log probability of everything between the values of an answer in this layout, in nats. */
  readonly structureLogProbability: number;
}

export const jsonLayouts: readonly JsonLayout[] = ['line', 'indent-2', 'indent-4'];

/** An answer with an object in it, a list, and objects in the list. What it says does not matter: values are not counted. */
const answer = {
  title: 'Invoice',
  customer: { name: 'Brown', city: 'Milano' },
  items: [
    { name: 'Paper', price: '4.50' },
    { name: 'Folder', price: '2.20' },
  ],
  total: '6.70',
};
const values: readonly string[] = ['Invoice', 'Brown', 'Milano', 'Paper', '4.50', 'Folder', '2.20', '6.70'];

/** It names the form and shows none, so that the model's own habit decides. */
const question = 'Extract the title, customer, items and total from the image and structure them into JSON.';

/**
 * Lets a model read one answer in each layout after the same question, and adds up how probable it found the braces, keys, commas, spaces and line ends. The
 * values are read too and not counted, since the page need not hold them.
 */
export async function measureLayouts(model: ReadableModel, file: string, signal: AbortSignal): Promise<readonly LayoutMeasure[]> {
  const { tokenizer, opened } = model;
  const texts = jsonLayouts.map((layout) => ({ layout, text: writeExample(answer, layout) }));
  const written = texts.map((one) => ({ ...one, ids: encodeAnswer(tokenizer, one.text) }));
  return withPage(model, { file, question }, signal, async (prompt) => {
    const longest = Math.max(...written.map(({ ids }) => ids.length));
    const sequence = opened.decoder.openSequence(prompt, prompt.length + longest);
    try {
      const first = (await sequence.prefill(signal, () => {})).slice();
      const measures: LayoutMeasure[] = [];
      for (const { layout, text, ids } of written) {
        const later = await sequence.extend(ids.slice(0, -1), 'each', signal);
        sequence.truncate(prompt.length);
        const logitsAt = (at: number): Float32Array => (at === 0 ? first : later.subarray((at - 1) * first.length, at * first.length));
        const structureLogProbability = countedPositions(tokenizer, ids, text).reduce((sum, at) => {
          const logits = logitsAt(at);
          return sum + (logits[ids[at] as number] as number) - logSumExp(logits);
        }, 0);
        measures.push({ layout, structureLogProbability });
      }
      return measures;
    } finally {
      await sequence.dispose();
    }
  });
}

/** Ids of a text that begins an answer. On its own it would begin with a space that answers do not have. */
function encodeAnswer(tokenizer: Tokenizer, text: string): number[] {
  const ids = tokenizer.encodeText(`\n${text}`);
  const lineEnd = ids.findIndex((id) => tokenizer.pieceBytes(id).at(-1) === 10);
  return ids.slice(lineEnd + 1);
}

/** The positions whose token holds anything but the inside of a value. */
function countedPositions(tokenizer: Tokenizer, ids: readonly number[], text: string): number[] {
  const isValue = new Uint8Array(text.length); // every character of the answer takes one byte
  let from = 0;
  for (const value of values) {
    const start = text.indexOf(`"${value}"`, from) + 1;
    isValue.fill(1, start, start + value.length);
    from = start + value.length;
  }
  let at = 0;
  return ids.flatMap((id, position) => {
    const end = at + tokenizer.pieceBytes(id).length;
    const isCounted = isValue.subarray(at, end).includes(0);
    at = end;
    return isCounted ? [position] : [];
  });
}
