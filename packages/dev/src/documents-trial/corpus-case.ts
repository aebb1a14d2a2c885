/** One file of the corpus. */
export interface CorpusCase {
  readonly name: string;
  /** What the file is called; it may be misleading on purpose. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Pages that must be read, or `any`: pages or an error with a code, but an end. */
  readonly expected: { readonly pages: number } | { readonly code: RegExp } | 'any';
  /** What is looked for on a page: the drawn bar in its place, the drawn words in the text layer, any ink, or nothing. */
  readonly marks: 'bar' | 'text' | 'ink' | 'none';
}
