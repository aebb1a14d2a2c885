import { randomBytes } from 'node:crypto';
import { APIError } from '@h2ovl/contract';
import { Base64Stream, type FileMemory } from './base64-stream.ts';
import type { JsonParts } from './json-bounds.ts';

/** Shorter strings stay in the text: to read them all the same takes no time. */
const longestText = 64 * 1024;

/** Most bytes of a body beside its files: texts of a hundred times what a model reads, and what is parsed at once. */
const maxTextBytes = 4_000_000;

/** The files of a body by what stands in their place in its text; undefined where it was not base64. */
export type BodyFiles = ReadonlyMap<string, Uint8Array | undefined>;

/**
 * Takes the large files out of JSON while it arrives: a string of base64 at one of `paths`, with or without the head of a `data:` URL, is decoded piece by
 * piece. What is left to be parsed at once is small, however large the files are.
 */
export class JsonFiles implements JsonParts {
  readonly paths: ReadonlySet<string>;
  readonly files: Map<string, Uint8Array | undefined> = new Map();
  /** No base64 has this letter, so that no client can write it by chance. */
  readonly #mark = `*${randomBytes(12).toString('hex')}`;
  readonly #memory: FileMemory;
  readonly #text: Uint8Array[] = [];
  #textBytes = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #file: Base64Stream | undefined;

  constructor(paths: ReadonlySet<string>, memory: FileMemory) {
    this.paths = paths;
    this.#memory = memory;
  }

  /** The text, with a mark in the place of each file. */
  get text(): Uint8Array {
    return Buffer.concat(this.#text, this.#textBytes);
  }

  /** @throws BODY_TOO_LARGE */
  readonly rest = (bytes: Uint8Array): void => {
    this.#textBytes += bytes.length;
    if (this.#textBytes > maxTextBytes) {
      throw new APIError('BODY_TOO_LARGE', `The body has more than ${maxTextBytes} bytes beside its files.`, {
        hint: 'Send shorter texts; no model reads that much.',
      });
    }
    this.#text.push(bytes);
  };

  readonly string = (bytes: Uint8Array): void => {
    if (this.#file !== undefined) {
      this.#file.add(bytes);
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes <= longestText) return;
    this.#file = new Base64Stream(this.#memory);
    for (const part of this.#takePending()) this.#file.add(part);
  };

  readonly end = (): void => {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) {
      for (const part of this.#takePending()) this.rest(part);
      return;
    }
    const mark = `${this.#mark}.${this.files.size}`;
    this.files.set(mark, file.end());
    this.rest(Buffer.from(JSON.stringify(file.head + mark).slice(1, -1)));
  };

  #takePending(): readonly Uint8Array[] {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    return pending;
  }
}
