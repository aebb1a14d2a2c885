/** Features of tiles seen lately, by a digest of their pixels: asking again about the same page does not encode it again. */
export class FeatureCache {
  readonly #maxBytes: number;
  readonly #features = new Map<string, Float32Array>();
  #bytes = 0;

  /** `maxBytes` 0 keeps nothing. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(digest: string): Float32Array | undefined {
    const features = this.#features.get(digest);
    if (features) {
      // A Map keeps the order of insertion: putting it back in makes it the youngest.
      this.#features.delete(digest);
      this.#features.set(digest, features);
    }
    return features;
  }

  set(digest: string, features: Float32Array): void {
    if (features.byteLength > this.#maxBytes || this.#features.has(digest)) return;
    this.#features.set(digest, features);
    this.#bytes += features.byteLength;
    for (const [oldest, old] of this.#features) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#features.delete(oldest);
      this.#bytes -= old.byteLength;
    }
  }

  clear(): void {
    this.#features.clear();
    this.#bytes = 0;
  }
}
