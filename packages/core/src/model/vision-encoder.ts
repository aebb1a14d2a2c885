import { abortable } from '../abort.ts';
import { graphValues, type Manifest } from '../model-files/manifest.ts';
import type { Session } from '../runtime/runtime-port.ts';

/** One tile in, its language-model tokens out. */
export class VisionEncoder {
  readonly #session: Session;
  readonly #patchDims: readonly [number, number];
  readonly #featureDims: readonly [number, number];
  #last: Promise<unknown> = Promise.resolve();

  constructor(session: Session, manifest: Manifest) {
    const { tileSizePx, patchSizePx, tokensPerTile } = manifest.model.image;
    this.#session = session;
    this.#patchDims = [(tileSizePx / patchSizePx) ** 2, 3 * patchSizePx ** 2];
    this.#featureDims = [tokensPerTile, manifest.model.hiddenSize];
  }

  /**
   * `patches` [P, 3*p*p] float32, normalised -> features [tokensPerTile, hiddenSize] float32.
   * Tiles are encoded one after the other: two at once gain nothing and hold twice the memory.
   */
  encode(patches: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const run = this.#last.then(async () => {
      signal.throwIfAborted();
      const [tokens, hiddenSize] = this.#featureDims;
      const features = new Float32Array(tokens * hiddenSize);
      await this.#session.run({
        inputs: { [graphValues.patches]: { dtype: 'float32', dims: this.#patchDims, data: patches } },
        outputs: { [graphValues.features]: { dtype: 'float32', dims: this.#featureDims, data: features } },
        signal,
      });
      return features;
    });
    this.#last = run.catch(() => {});
    return abortable(run, signal); // whoever waits in line is let go at once
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
