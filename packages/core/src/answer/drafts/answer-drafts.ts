import type { DraftSource } from '../../generation/draft-source.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { type GuessKind, GuessRecord } from './guess-record.ts';
import { knowText } from './known-text.ts';
import { lettersOf } from './letters.ts';
import { RepeatedTokens } from './repeated-tokens.ts';
import { type Continuation, mostLetters, TextDraft } from './text-draft.ts';
import { nameChars, ValueDraft } from './value-draft.ts';

/** Tokens of the answer with which a text behind them is encoded: pieces are merged with near neighbours only. */
const contextTokens = 8;

export interface AnswerDraftsOptions {
  /** Texts that the answer may follow, the best first. */
  readonly texts: readonly string[];
  /** Ids of the prompt. */
  readonly prompt: Iterable<number>;
  readonly tokenizer: Pick<Tokenizer, 'encodeText' | 'pieceBytes' | 'vocabularySize'>;
}

/**
 * What one answer may go on with: texts of the page, and what stood in the prompt and in the answer before. Of several ideas the one counts for which most of
 * the last letters speak; for a guess they do as far as others of its kind were right.
 *
 *   token ─▶ accept ─┬─▶ the answer's last letters ─▶ their place in each text ──────▶ the text behind it, encoded ─┐
 *                    ├─▶ the name of a value ───────▶ a label like it in each text ─▶ the text behind it, encoded ─┼─▶ propose
 *                    └─▶ the answer's last tokens ──▶ where they came before ───────▶ the tokens behind them ──────┘
 */
export class AnswerDrafts implements DraftSource {
  readonly #bytesOf: (token: number) => Uint8Array;
  /** What each text knows. */
  readonly #texts: readonly (TextDraft | ValueDraft)[];
  readonly #repeated: RepeatedTokens;
  readonly #records: Readonly<Record<GuessKind, GuessRecord>> = {
    difference: new GuessRecord(),
    value: new GuessRecord(),
    repetition: new GuessRecord(),
  };
  readonly #decoder = new TextDecoder();
  #tokens: readonly number[] = [];
  #text = '';
  #letters = '';
  #written = 0;
  #endsBlank = true;

  constructor({ texts, prompt, tokenizer }: AnswerDraftsOptions) {
    // A model may have more ids than its tokenizer has tokens.
    this.#bytesOf = (token) => (token < tokenizer.vocabularySize ? tokenizer.pieceBytes(token) : nothing);
    const own = { encodeText: tokenizer.encodeText, pieceBytes: this.#bytesOf };
    const known = texts.map(knowText);
    this.#texts = [...known.map((text) => new TextDraft(text, own)), ...known.map((text) => new ValueDraft(text, own))];
    this.#repeated = new RepeatedTokens(prompt, (token) => this.#bytesOf(token).length);
  }

  accept(token: number): void {
    for (const record of Object.values(this.#records)) record.accept(token);
    this.#repeated.accept(token);
    this.#tokens = [...this.#tokens.slice(1 - contextTokens), token];
    const text = this.#decoder.decode(this.#bytesOf(token), { stream: true });
    if (text === '') return; // a character is not complete yet
    this.#text = (this.#text + text).slice(-nameChars);
    const { letters } = lettersOf(text);
    this.#letters = (this.#letters + letters).slice(-mostLetters);
    this.#written += letters.length;
    this.#endsBlank = /\s$/.test(text);
  }

  propose(count: number): readonly number[] {
    const end = { text: this.#text, letters: this.#letters, written: this.#written, tokens: this.#tokens, endsBlank: this.#endsBlank };
    const ideas = [...this.#texts.map((text) => text.continue(end, count)), this.#repeated.continue(count)];
    const weighed = ideas.map((idea) => (idea?.guess === undefined ? idea : this.#weigh(idea, this.#records[idea.guess])));
    const ranked = weighed.filter((idea) => idea !== undefined).sort((a, b) => b.matched - a.matched); // of equals the first stays first
    for (const idea of ranked) {
      const tokens = idea.tokens();
      if (tokens.length > 0) return tokens;
    }
    return [];
  }

  /** Letters speak for a guess as far as guesses of its kind were right in this answer so far, and not at all where they hardly ever were. */
  #weigh(guess: Continuation, record: GuessRecord): Continuation | undefined {
    const tokens = guess.tokens();
    const { share } = record;
    record.add(tokens);
    return share < leastShare ? undefined : { ...guess, matched: guess.matched * share, tokens: () => tokens };
  }
}

/** Of fewer that are right nothing is gained: three candidates make a run over two positions longer by about so much. */
const leastShare = 0.15;

const nothing = new Uint8Array(0);
