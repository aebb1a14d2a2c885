import { spaceMark } from './sentencepiece-model.ts';
import { Utf8Assembler } from './utf8-assembler.ts';

/** What an id stands for when ids become text again. */
export type TokenContent =
  /** Text as stored in the vocabulary: a space is U+2581. */
  | { readonly type: 'text'; readonly text: string }
  /** One byte of a character that has no piece of its own, 0 to 255. */
  | { readonly type: 'byte'; readonly byte: number }
  /** A token that is not part of the text; `text` is its name, such as `<|end|>`. */
  | { readonly type: 'special'; readonly text: string };

/** The vocabulary as a detokenizer sees it; a Tokenizer fits it. */
export interface TokenContents {
  /** Whether encoding puts a space before every text, so that decoding takes one away. */
  readonly hasDummyPrefix: boolean;
  /** Whether encoding drops outer spaces, so that decoding drops the leading ones. */
  readonly removesExtraSpaces: boolean;
  /** Throws INVALID_ARGUMENT for an id outside the vocabulary. */
  contentOf(id: number): TokenContent;
}

export interface DetokenizerOptions {
  /** Leave special tokens out; otherwise each is written by its name and starts a new text. @default true */
  readonly skipSpecial?: boolean;
}

/**
 * Ids one at a time -> text as it becomes certain. A delta never ends inside a character: bytes wait until the character is complete.
 * All deltas and the flush, joined, are the decoding of all ids.
 */
export interface Detokenizer {
  /** The text this id completes, often one word, sometimes ''. Throws INVALID_ARGUMENT for an id outside the vocabulary. */
  push(id: number): string;
  /** Ends the text: U+FFFD for each byte of a character that stayed unfinished. The detokenizer is then ready for a new text. */
  flush(): string;
}

/** Starts a text. Joined deltas equal SentencePiece's decoding: the first piece loses its leading space, and nothing else is trimmed. */
export function createDetokenizer(contents: TokenContents, { skipSpecial = true }: DetokenizerOptions = {}): Detokenizer {
  return new StreamingDetokenizer(contents, skipSpecial);
}

class StreamingDetokenizer implements Detokenizer {
  readonly #contents: TokenContents;
  readonly #skipSpecial: boolean;
  readonly #bytes = new Utf8Assembler();
  /** Whether no text and no swallowed space came yet: only then does a piece lose its leading space. */
  #isAtStart = true;

  constructor(contents: TokenContents, skipSpecial: boolean) {
    this.#contents = contents;
    this.#skipSpecial = skipSpecial;
  }

  push(id: number): string {
    const content = this.#contents.contentOf(id);
    switch (content.type) {
      case 'byte':
        return this.#note(this.#bytes.push(content.byte));
      case 'text': {
        const unfinished = this.#note(this.#bytes.flush());
        return unfinished + this.#writePiece(content.text);
      }
      case 'special':
        return this.#skipSpecial ? '' : this.flush() + content.text;
      default:
        return content satisfies never;
    }
  }

  flush(): string {
    const unfinished = this.#bytes.flush();
    this.#isAtStart = true;
    return unfinished;
  }

  #note(text: string): string {
    if (text !== '') this.#isAtStart = false;
    return text;
  }

  #writePiece(piece: string): string {
    const { hasDummyPrefix, removesExtraSpaces } = this.#contents;
    const losesSpace = this.#isAtStart && (hasDummyPrefix || removesExtraSpaces) && piece.startsWith(spaceMark);
    const text = (losesSpace ? piece.slice(1) : piece).replaceAll(spaceMark, ' ');
    // The dummy prefix is one space. Where spaces were dropped when encoding, the space of every leading piece goes.
    if (text !== '' || (losesSpace && !removesExtraSpaces)) this.#isAtStart = false;
    return text;
  }
}
