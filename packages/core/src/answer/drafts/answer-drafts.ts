import type { DraftSource } from '../../generation/draft-source.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { GuessRecord } from './guess-record.ts';
import { lettersOf } from './letters.ts';
import { RepeatedTokens } from './repeated-tokens.ts';
import { type Continuation, mostLetters, TextDraft } from './text-draft.ts';

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
 * the last letters speak.
 *
 *   token ─▶ accept ─▶ the answer's last letters ─┬─▶ their place in each text ─▶ the text behind it, encoded ─┐
 *                 └──▶ the answer's last tokens ──┴─▶ where they came before ───▶ the tokens behind them ──────┴─▶ propose
 */
export class AnswerDrafts implements DraftSource {
  readonly #bytesOf: (token: number) => Uint8Array;
  readonly #texts: readonly TextDraft[];
  readonly #repeated: RepeatedTokens;
  readonly #guesses = new GuessRecord();
  readonly #decoder = new TextDecoder();
  #tokens: readonly number[] = [];
  #letters = '';
  #written = 0;
  #endsBlank = true;

  constructor({ texts, prompt, tokenizer }: AnswerDraftsOptions) {
    // A model may have more ids than its tokenizer has tokens.
    this.#bytesOf = (token) => (token < tokenizer.vocabularySize ? tokenizer.pieceBytes(token) : nothing);
    const known = { encodeText: tokenizer.encodeText, pieceBytes: this.#bytesOf };
    this.#texts = texts.map((text) => new TextDraft(text, known));
    this.#repeated = new RepeatedTokens(prompt, (token) => this.#bytesOf(token).length);
  }

  accept(token: number): void {
    this.#guesses.accept(token);
    this.#repeated.accept(token);
    this.#tokens = [...this.#tokens.slice(1 - contextTokens), token];
    const text = this.#decoder.decode(this.#bytesOf(token), { stream: true });
    if (text === '') return; // a character is not complete yet
    const { letters } = lettersOf(text);
    this.#letters = (this.#letters + letters).slice(-mostLetters);
    this.#written += letters.length;
    this.#endsBlank = /\s$/.test(text);
  }

  propose(count: number): readonly number[] {
    const end = { letters: this.#letters, written: this.#written, tokens: this.#tokens, endsBlank: this.#endsBlank };
    const ideas = [...this.#texts.map((text) => text.continue(end, count)), this.#repeated.continue(count)];
    const weighed = ideas.filter((idea) => idea !== undefined).map((idea) => (idea.isGuess ? this.#weigh(idea) : idea));
    const ranked = weighed.filter((idea) => idea !== undefined).sort((a, b) => b.matched - a.matched); // of equals the first stays first
    for (const idea of ranked) {
      const tokens = idea.tokens();
      if (tokens.length > 0) return tokens;
    }
    return [];
  }

  /** Letters speak for a guess as far as guesses were right in this answer so far, and not at all where they hardly ever were. */
  #weigh(guess: Continuation): Continuation | undefined {
    const tokens = guess.tokens();
    const { share } = this.#guesses;
    this.#guesses.add(tokens);
    return share < leastShare ? undefined : { ...guess, matched: guess.matched * share, tokens: () => tokens };
  }
}

/** Of fewer that are right nothing is gained: three candidates make a run over two positions longer by about so much. */
const leastShare = 0.15;

const nothing = new Uint8Array(0);
