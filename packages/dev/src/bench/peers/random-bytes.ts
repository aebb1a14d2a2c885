/** A cheap source of bits (xorshift): what weights hold does not matter for speed, that they are not all equal does. */
export class RandomBytes {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** Fills whole words of 4 bytes; what is left over at the end stays. */
  fill(bytes: Uint8Array<ArrayBuffer>): void {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    for (let i = 0; i < words.length; i += 1) words[i] = this.next();
  }

  /** Uniform in [-scale, scale). */
  fillFloats(values: Float32Array, scale: number): void {
    for (let i = 0; i < values.length; i += 1) values[i] = (this.next() / 2147483648 - 1) * scale;
  }
}
