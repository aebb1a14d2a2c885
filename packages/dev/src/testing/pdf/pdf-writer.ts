import type { PdfEncryption } from './encrypt-pdf.ts';

interface PdfObject {
  readonly body: string;
  readonly stream: Uint8Array | undefined;
}

export interface FinishPdf {
  /** Number of the catalogue. */
  readonly root: number;
  readonly encryption?: PdfEncryption | undefined;
  /** Added to every place in the cross-reference table: a table that points elsewhere, as cut or edited files have. @default 0 */
  readonly xrefShift?: number | undefined;
}

/** Collects the objects of a PDF and writes the file with its cross-reference table. Object numbers start at 1. */
export class PdfWriter {
  readonly #objects: (PdfObject | undefined)[] = [];

  /** Adds an object and returns its number. A stream's length is written by itself. */
  add(body: string, stream?: Uint8Array): number {
    this.#objects.push({ body, stream });
    return this.#objects.length;
  }

  /** A number for an object that is written later. */
  reserve(): number {
    this.#objects.push(undefined);
    return this.#objects.length;
  }

  set(number: number, body: string, stream?: Uint8Array): void {
    this.#objects[number - 1] = { body, stream };
  }

  finish({ root, encryption, xrefShift = 0 }: FinishPdf): Buffer {
    const parts: Buffer[] = [];
    let length = 0;
    const write = (part: string | Uint8Array): void => {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part);
      parts.push(bytes);
      length += bytes.length;
    };
    const encryptNumber = encryption === undefined ? undefined : this.add(encryption.dictionary);
    write('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n');
    const places: number[] = [];
    for (const [index, object] of this.#objects.entries()) {
      const number = index + 1;
      if (object === undefined) throw new Error(`Object ${number} was reserved and never set.`);
      places.push(length);
      if (object.stream === undefined) {
        write(`${number} 0 obj\n${object.body}\nendobj\n`);
        continue;
      }
      const stream = encryption === undefined ? object.stream : encryption.encryptStream(number, object.stream);
      write(`${number} 0 obj\n${object.body.replace(/>>\s*$/, '')} /Length ${stream.length} >>\nstream\n`);
      write(stream);
      write('\nendstream\nendobj\n');
    }
    const xref = length;
    const rows = places.map((place) => `${String(place + xrefShift).padStart(10, '0')} 00000 n \n`);
    write(`xref\n0 ${places.length + 1}\n0000000000 65535 f \n${rows.join('')}`);
    const id = encryption === undefined ? '' : ` /Encrypt ${encryptNumber} 0 R /ID [<${encryption.id}><${encryption.id}>]`;
    write(`trailer\n<< /Size ${places.length + 1} /Root ${root} 0 R${id} >>\nstartxref\n${xref + xrefShift}\n%%EOF\n`);
    return Buffer.concat(parts, length);
  }
}
