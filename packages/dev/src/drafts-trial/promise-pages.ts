import { readFile } from 'node:fs/promises';
import { listTrialPages, makePicture, seedsFrom } from '../lines-trial/trial-pages.ts';
import { type JsonObject, jsonPages, nanoPages } from '../testing/nano-samples.ts';

/** A question about a page. */
export interface Question {
  readonly prompt: string;
  /** What the answer is held to, if anything. */
  readonly schema: JsonObject | undefined;
}

/** A page to be asked about. */
export interface AskedPage {
  readonly name: string;
  readonly png: Uint8Array;
  readonly isSample: boolean;
  readonly questions: readonly [Question, Question];
}

const reading = 'Read the text in the image.';
const [{ instruction }] = jsonPages;

/** An object with values and the first lines of a page, small enough to be complete in nearly every answer. */
function objectOf(names: readonly string[]): JsonObject {
  const properties = {
    ...Object.fromEntries(names.map((name) => [name, { type: ['string', 'null'], maxLength: 60 }])),
    lines: { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 60 } },
  };
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** nano's sample pages and so many drawn ones, from one of them on and up to another: each with a question without a schema and one with. */
export async function* listPages(drawn: number, from: number, to: number): AsyncGenerator<AskedPage> {
  const isWanted = (place: number): boolean => place >= from && place < to;
  for (const [place, { file, path, question }] of nanoPages.entries()) {
    if (!isWanted(place)) continue;
    const known = jsonPages.find((page) => page.file === file);
    const held = { prompt: known?.instruction ?? instruction, schema: known?.schema ?? objectOf(['title', 'date', 'total']) };
    yield { name: file, png: await readFile(path), isSample: true, questions: [{ prompt: question, schema: undefined }, held] };
  }
  let place = nanoPages.length;
  for (const trial of listTrialPages(drawn, seedsFrom.kept)) {
    place += 1;
    if (!isWanted(place - 1)) continue;
    const { png } = await makePicture(trial);
    const held = { prompt: instruction, schema: objectOf(Object.keys(trial.page.values)) };
    const name = `${trial.page.kind} ${trial.distortion} ${trial.seed}`;
    yield { name, png, isSample: false, questions: [{ prompt: reading, schema: undefined }, held] };
  }
}
