import type { PageObject } from '@h2ovl/core';
import type { NamedInput } from '../inputs/named-input.ts';
import { drawEvidence } from '../lines/draw-evidence.ts';
import { writePng } from '../lines/write-png.ts';
import type { OpenPage } from './document-pages.ts';
import { nameOutputs } from './name-outputs.ts';
import { OutFiles } from './out-files.ts';

export interface EvidencePicturesOptions {
  readonly isOverwriting: boolean;
  /** Told when a picture is complete. */
  readonly onWritten: (path: string) => void;
}

/** Writes pages with the places of their values as PNG, beside the results. */
export class EvidencePictures {
  readonly #files: OutFiles;
  readonly #names: readonly string[];
  readonly #onWritten: (path: string) => void;

  private constructor(files: OutFiles, names: readonly string[], onWritten: (path: string) => void) {
    this.#files = files;
    this.#names = names;
    this.#onWritten = onWritten;
  }

  /** @throws VisionError STORAGE_UNAVAILABLE */
  static async open(
    folder: string,
    inputs: readonly NamedInput[],
    { isOverwriting, onWritten }: EvidencePicturesOptions,
  ): Promise<EvidencePictures> {
    return new EvidencePictures(await OutFiles.open(folder, [], { isOverwriting, inputs }), nameOutputs(inputs, ''), onWritten);
  }

  /** A page that has evidence as a picture. @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT; what rendering the page throws */
  async write({ document, input, page: number, chosen }: OpenPage, { evidence }: PageObject, signal: AbortSignal): Promise<void> {
    if (evidence === undefined) return;
    const page = await document.page(number, signal);
    const picture = drawEvidence(await page.render({ signal }), evidence);
    const name = `${this.#names[input]}${chosen > 1 ? `.page-${number}` : ''}.evidence.png`;
    this.#onWritten(await this.#files.write(name, await writePng(picture)));
  }
}
