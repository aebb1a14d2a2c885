import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { VisionError } from '@h2ovl/contract';
import { type BodyBudget, holdBody } from './read-body.ts';

/** A file of a form. */
export interface FormFile {
  /** As the client wrote it, without folders. Written by others: quote it, never trust it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A form that was read. `release` gives its bytes back to the budget, once. */
export interface HeldForm {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Undefined when there was none. */
  readonly file: FormFile | undefined;
  /** SHA-256 of its names and contents: the same for the same form, whatever stands between its parts. */
  readonly digest: string;
  /** When its last byte had come, by `performance.now()`. */
  readonly receivedAt: number;
  readonly release: () => void;
}

/** More options than any operation has. */
const maxFields = 64;
const maxFieldBytes = 1_000_000; // schemas are the longest
const maxHeaderBytes = 8_192;

/**
 * The body as a form with one file, whose part is called `filePart`. Its parts are read while they arrive; a body over the limit is refused at its first
 * byte too many (or at its declared length).
 * @throws an AbortError when the client leaves before its end, UNSUPPORTED_MEDIA_TYPE for a compressed body, BODY_TOO_LARGE, QUEUE_FULL when all bodies
 * together are too much, INVALID_ARGUMENT for what is no such form
 */
export async function readForm(request: Request, filePart: string, maxBytes: number, budget: BodyBudget): Promise<HeldForm> {
  const body = holdBody(request, maxBytes, budget);
  try {
    const form = new FormReader(filePart, Number(request.headers.get('content-length') ?? '0'));
    await form.read(request, body.chunks());
    return { ...form.content(), receivedAt: performance.now(), release: body.release };
  } catch (error) {
    body.release();
    throw error;
  }
}

/** Collects the parts of one form; the first fault ends it. */
class FormReader {
  readonly #filePart: string;
  readonly #declaredBytes: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #fields: (readonly [string, string])[] = [];
  #file: { readonly name: string; readonly bytes: FileBytes } | undefined;
  #fault: VisionError | undefined;

  constructor(filePart: string, declaredBytes: number) {
    this.#filePart = filePart;
    this.#declaredBytes = declaredBytes;
  }

  async read(request: Request, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parser = this.#startParser(request.headers.get('content-type') ?? '');
    parser.on('field', (name, value, isNameCut, isCut) => this.#takeField(name, value, isNameCut || isCut));
    parser.on('file', (name, stream, filename) => this.#takeFile(name, stream, filename));
    for (const limit of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const) {
      parser.on(limit, () => this.#refuse(`The form has more than ${maxFields} parts.`, 'Send one file, and each option once.'));
    }
    const untilFault = this.#untilFault(chunks);
    try {
      await pipeline(untilFault, parser);
    } catch (error) {
      if (this.#fault !== undefined) throw this.#fault;
      if (VisionError.isInstance(error) || (error as Error).name === 'AbortError') throw error;
      throw new VisionError('INVALID_ARGUMENT', 'The form is broken off, or its parts are not divided by its boundary.', {
        hint: 'Let the HTTP library write the form, Content-Type included.',
        cause: error,
      });
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  content(): Pick<HeldForm, 'fields' | 'file' | 'digest'> {
    const file = this.#file && { name: this.#file.name, bytes: this.#file.bytes.take() };
    return { fields: this.#fields, file, digest: this.#hash.digest('base64') };
  }

  #startParser(type: string): BusboyInstance {
    try {
      return new Busboy({
        headers: { 'content-type': type },
        limits: {
          fields: maxFields,
          files: 2, // one too many, so that it can be named
          parts: maxFields + 2,
          fieldSize: maxFieldBytes,
          headerPairs: 20,
          headerSize: maxHeaderBytes,
        },
      });
    } catch (error) {
      throw new VisionError('INVALID_ARGUMENT', 'The Content-Type of the form names no boundary.', {
        hint: 'Let the HTTP library write it: leave Content-Type out when you send a form.',
        cause: error,
      });
    }
  }

  async *#untilFault(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      yield chunk;
      if (this.#fault !== undefined) throw this.#fault;
    }
  }

  #takeField(name: string | undefined, value: string, isCut: boolean): void {
    if (name === undefined) {
      this.#refuse('A part of the form has no name.', 'Give each part the name of an option.');
      return;
    }
    if (name === this.#filePart) {
      const example = `curl -F ${this.#filePart}=@file.pdf`;
      this.#refuse(`The part ${quote(name)} is a text.`, `Send it as a file, with a file name: ${example} …`, name);
      return;
    }
    if (isCut) {
      this.#refuse(`The field ${quote(name)} has more than ${maxFieldBytes} bytes.`, 'Send less.', name);
      return;
    }
    this.#hash.update(JSON.stringify([name, value]));
    this.#fields.push([name, value]);
  }

  #takeFile(name: string | undefined, stream: BusboyFileStream, filename: string | undefined): void {
    stream.on('error', () => {}); // the parser says the same of the whole
    if (name !== this.#filePart || this.#file !== undefined) {
      stream.resume();
      const what = name === this.#filePart ? 'The form has several documents' : `The form has a file ${quote(name ?? '')}`;
      this.#refuse(`${what}; one is read, its part is called ${quote(this.#filePart)}.`, 'Send one request for each document.', name);
      return;
    }
    this.#hash.update(JSON.stringify([name, filename ?? '']));
    const bytes = new FileBytes(this.#declaredBytes);
    this.#file = { name: filename ?? '', bytes };
    stream.on('data', (chunk: Uint8Array) => {
      this.#hash.update(chunk);
      bytes.add(chunk);
    });
  }

  #refuse(message: string, hint: string, name?: string): void {
    this.#fault ??= new VisionError('INVALID_ARGUMENT', message, { hint, param: name?.slice(0, 40) });
  }
}

/** A file as it arrives. With a declared length it is put where it stays; copying it whole at its end would hold the event loop. */
class FileBytes {
  #whole: Buffer | undefined;
  #length = 0;
  #parts: Uint8Array[] = [];

  constructor(declaredBytes: number) {
    // Memory that is never written to is never taken, so a length that was only claimed costs nothing.
    if (declaredBytes > 0) this.#whole = Buffer.allocUnsafeSlow(declaredBytes);
  }

  add(chunk: Uint8Array): void {
    if (this.#whole === undefined) this.#parts.push(Uint8Array.from(chunk));
    else this.#whole.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  take(): Uint8Array {
    const whole = this.#whole ?? Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    return whole.subarray(0, this.#length);
  }
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
