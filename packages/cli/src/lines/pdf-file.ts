/** The number of an object in a PDF. */
export type PdfReference = number;

/** Where its bytes go, one piece after the other. */
export interface PdfTarget {
  write(bytes: Uint8Array): Promise<void>;
}

/** A PDF that is written object by object, so that only one page is in memory. */
export class PdfFile {
  readonly #target: PdfTarget;
  readonly #offsets: number[] = [];
  #length = 0;

  constructor(target: PdfTarget) {
    this.#target = target;
  }

  async begin(): Promise<void> {
    await this.#write(Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'));
  }

  /** A number for an object that is written later. */
  reserve(): PdfReference {
    this.#offsets.push(0);
    return this.#offsets.length;
  }

  /** Writes an object, with a stream behind its dictionary where `stream` is given. */
  async add(dictionary: string, stream?: Uint8Array, reference: PdfReference = this.reserve()): Promise<PdfReference> {
    this.#offsets[reference - 1] = this.#length;
    const head = stream === undefined ? dictionary : `${dictionary.replace(/>>$/, '')} /Length ${stream.length} >>\nstream\n`;
    await this.#write(Buffer.from(`${reference} 0 obj\n${head}`, 'latin1'));
    if (stream !== undefined) {
      await this.#write(stream);
      await this.#write(Buffer.from('\nendstream', 'latin1'));
    }
    await this.#write(Buffer.from('\nendobj\n', 'latin1'));
    return reference;
  }

  /** Writes the table of all objects. */
  async end(catalogue: PdfReference): Promise<void> {
    const entries = this.#offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
    const size = entries.length + 1;
    const table = `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`;
    const trailer = `trailer\n<< /Size ${size} /Root ${catalogue} 0 R >>\nstartxref\n${this.#length}\n%%EOF\n`;
    await this.#write(Buffer.from(table + trailer, 'latin1'));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#target.write(bytes);
    this.#length += bytes.length;
  }
}
