import type { ResultOutput } from '../terminal/result-output.ts';

/** Where the results of one document go. */
export interface Sink {
  /** Whether a person is watching. */
  readonly isTerminal: boolean;
  /** Whether something was written. */
  readonly hasText: boolean;
  write(text: string): Promise<void>;
  /** All of the document is written. */
  end(): Promise<void>;
  /** The work ends before the document does; what was written stays. Resolves to its place, where it has one of its own. */
  stop(): Promise<string | undefined>;
}

/** Where results go: standard output, or a file for each document. */
export interface Destination {
  /** Whether each document has a place of its own. */
  readonly isPerDocument: boolean;
  /** Of the document with this place among the inputs. */
  sinkOf(input: number): Sink;
}

/** Standard output: all documents, one after the other. */
export function toStandardOutput(output: ResultOutput): Destination {
  let hasText = false;
  const sink: Sink = {
    isTerminal: output.isTerminal,
    get hasText() {
      return hasText;
    },
    write: async (text) => {
      hasText ||= text !== '';
      await output.write(text);
    },
    end: async () => {},
    stop: async () => undefined,
  };
  return { isPerDocument: false, sinkOf: () => sink };
}
