import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FeatureSource } from '../../answer/prompt-source.ts';
import type { PromptSource } from '../../model/decoder-jobs.ts';
import type { PlanFigures } from '../../model-files/vision-plan.ts';
import { fileMode } from '../../store/readers.ts';
import { storageError } from '../../store/storage-error.ts';
import { compareLogits, type PositionComparison } from '../compare-logits.ts';
import { type QualityDifference, summarizePages } from '../compare-readings.ts';
import { type PreparedPrecision, withPage } from '../open-precision.ts';
import type { PassageReading } from '../read-passage.ts';
import { type PredictedPage, question } from './judged-pages.ts';
import type { LanguagePart } from './language-part.ts';
import type { PlanRecords } from './plan-records.ts';

/**
 * What a plan must keep, on known texts whose tokens are predicted one by one:
 * - the mean divergence from float32 vision, its upper bound included, is at most 0.001 nats: a sixth of what `fast` costs nano, three times what `balanced`
 *   does (docs/decisions/0003-precision.md), and a price at which no texts were measurably different;
 * - the same token comes first in at least 99.7 % of all predictions. The share itself and not its lower bound: with 2,000 predictions that would ask
 *   for one difference at most, and nearly tied tokens change places for smaller reasons;
 * - at least 2,000 predictions: with fewer the bounds are too wide to say either.
 */
export const planLimits: PlanLimits = { divergence: 0.001, agreement: 0.997, predictions: 2000 };

export interface PlanLimits {
  /** Nats, at most. */
  readonly divergence: number;
  /** Share, at least. */
  readonly agreement: number;
  /** Predictions, at least. */
  readonly predictions: number;
}

/** After so many pages the intervals say enough to give a plan up by them; they are looked at once, since each further look would be one more chance to err. */
const earlyPages = 6;
const hopelessTimes = 3;
/** With one page there are no intervals, and the figures of a plan have some. */
const leastPages = 2;

/**
 * Whether a plan is not read to the end: because what it lost already is more than it may lose on all `predictions`, however the others turn out; or, once,
 * because the intervals leave no hope.
 */
export function isHopeless(
  { passages, positions, divergence, agreement }: Pick<QualityDifference, 'passages' | 'positions' | 'divergence' | 'agreement'>,
  predictions: number,
  limits: PlanLimits,
): boolean {
  if (passages < leastPages) return false;
  const read = positions / predictions;
  if ((1 - agreement.value) * read > 1 - limits.agreement || divergence.value * read > limits.divergence) return true;
  return passages === earlyPages && (divergence.low > hopelessTimes * limits.divergence || agreement.high < limits.agreement);
}
/** Positions whose logits are asked for at once: 8 MB with a vocabulary of 32,000. */
const positionsAtOnce = 64;

export interface JudgeOptions {
  readonly model: PreparedPrecision;
  readonly language: LanguagePart;
  readonly pages: readonly PredictedPage[];
  readonly limits: PlanLimits;
  /** Hold the reference's logits while plans are judged, and what was found page by page. */
  readonly records: PlanRecords;
  readonly signal: AbortSignal;
  readonly onStep: (step: string, done: number, total: number) => void;
}

/** Reads known texts with one language part and the features of one tower after the other. */
export class PlanJudge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** Reads the pages with features of the float32 tower, and keeps what it expects. Pages of an earlier start are not read again. */
  async readReference(vision: FeatureSource): Promise<void> {
    const { pages, records, onStep } = this.#options;
    for (const [done, page] of pages.entries()) {
      if (!(await this.#isKept(done))) await records.forget(`reference-${done}`);
      await records.keep(`reference-${done}`, async () => {
        const { logits } = await this.#read('float32', vision, page);
        await this.#keep(done, logits); // before the record that says so
        onStep('reading with float32 vision', done + 1, pages.length);
        return logits.length;
      });
    }
  }

  /** Lets another tower read the same pages. `name` must differ from those of other towers. A hopeless one is given up early. */
  async judge(name: string, vision: FeatureSource): Promise<Omit<PlanFigures, 'timeShare'>> {
    const { pages, records, onStep, limits } = this.#options;
    const predictions = pages.reduce((sum, { ids }) => sum + ids.length, 0);
    const compared: (readonly PositionComparison[])[] = [];
    for (const [done, page] of pages.entries()) {
      const comparison = await records.keep(`${name}-page-${done}`, async () => {
        const candidate = await this.#read(name, vision, page);
        const made = await comparePage(await this.#kept(done, candidate.logits), candidate);
        onStep('judging the plan', done + 1, pages.length);
        return made;
      });
      compared.push(comparison);
      if (isHopeless(summarizePages(compared), predictions, limits)) break;
    }
    const { passages, positions, agreement, divergence } = summarizePages(compared);
    return { pages: passages, predictions: positions, agreement, divergence };
  }

  async #read(name: string, vision: FeatureSource, { file, ids }: PredictedPage): Promise<PassageReading> {
    const { model, language, signal } = this.#options;
    // The decoder keeps what it computed of a prompt, by the identities of its tiles: those of another tower are other tiles.
    const identities = { numberOf: (digest: string): number => language.identities.numberOf(`${name} ${digest}`) };
    const opened = { embedder: language.embedder, vision, identities };
    return withPage({ ...model, opened }, { file, question }, signal, (prompt) => this.#predict(prompt, ids));
  }

  /** Several positions a run: every tower is asked in the same way. */
  async #predict(prompt: PromptSource, ids: readonly number[]): Promise<PassageReading> {
    const { language, signal } = this.#options;
    const sequence = language.decoder.openSequence(prompt, prompt.length + ids.length);
    try {
      const logits = [(await sequence.prefill(signal, () => {})).slice()];
      const width = (logits[0] as Float32Array).length;
      for (let at = 0; at < ids.length - 1; at += positionsAtOnce) {
        const tokens = ids.slice(at, Math.min(at + positionsAtOnce, ids.length - 1));
        const values = await sequence.extend(tokens, 'each', signal);
        for (let i = 0; i < tokens.length; i += 1) logits.push(values.slice(i * width, (i + 1) * width));
      }
      return { continuation: ids, logits };
    } finally {
      await sequence.dispose();
    }
  }

  #file(page: number): string {
    return join(this.#options.records.folder, `reference-${page}.logits`);
  }

  async #keep(page: number, logits: readonly Float32Array[]): Promise<void> {
    const parts = logits.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
    const file = this.#file(page);
    await writeFile(file, Buffer.concat(parts), { mode: fileMode('owner') }).catch((cause: unknown) => {
      throw storageError(`Cannot write ${file}`, cause);
    });
  }

  /** Whether the logits of a page are there in full: those that a machine was switched off over may not be, though their record is. */
  async #isKept(page: number): Promise<boolean> {
    const { records, model } = this.#options;
    const [count, info] = [await records.find(`reference-${page}`), await stat(this.#file(page)).catch(() => undefined)];
    return typeof count === 'number' && info?.size === count * model.manifest.model.vocabularySize * Float32Array.BYTES_PER_ELEMENT;
  }

  async #kept(page: number, { length, 0: first }: readonly Float32Array[]): Promise<readonly Float32Array[]> {
    const bytes = await readFile(this.#file(page));
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const width = (first as Float32Array).length;
    return Array.from({ length }, (_, position) => values.subarray(position * width, (position + 1) * width));
  }
}

/** Positions compared between two turns of the event loop: some milliseconds with a vocabulary of 32,000. */
const turnPositions = 8;

async function comparePage(
  expected: readonly Float32Array[],
  { logits, continuation }: PassageReading,
): Promise<readonly PositionComparison[]> {
  const compared: PositionComparison[] = [];
  for (const [position, reference] of expected.entries()) {
    if (position % turnPositions === 0) await nextTurn();
    compared.push(compareLogits(reference, logits[position] as Float32Array, continuation[position] as number));
  }
  return compared;
}

/** Whether a plan keeps the answers. */
export function keepsAnswers({ agreement, divergence, predictions }: Omit<PlanFigures, 'timeShare'>, limits: PlanLimits): boolean {
  return divergence.high <= limits.divergence && agreement.value >= limits.agreement && predictions >= limits.predictions;
}
