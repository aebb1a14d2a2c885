/** Pieces that are kept for the next use, and their bytes together: an answer and a picture of the detector's largest run, and some of lines. */
const mostKept = 8;
const mostKeptBytes = 32e6;
/** Sizes are multiples of this many numbers, so that lines of nearly one length use the same pieces. */
const grain = 65_536;

/**
 * Memory for pictures and answers of the networks, used again. The system clears each new page of memory when it is first touched, which
 * takes longer than the work that is done on it: 13.8 MB for a picture of the detector took 50 ms where filling it took 23.
 */
export class FloatMemory {
  /** The smallest first. */
  readonly #free: ArrayBuffer[] = [];

  /** Room for `length` numbers, with whatever was in it. */
  take(length: number): Float32Array<ArrayBuffer> {
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= 4 * length);
    const buffer = at < 0 ? new ArrayBuffer(4 * Math.ceil(length / grain) * grain) : (this.#free.splice(at, 1)[0] as ArrayBuffer);
    return new Float32Array(buffer, 0, length);
  }

  /** Takes a piece back that nobody uses any more. Where there is too much, the smallest goes, unless it is too large by itself. */
  give({ buffer }: Float32Array<ArrayBuffer>): void {
    if (buffer.byteLength > mostKeptBytes) return;
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= buffer.byteLength);
    this.#free.splice(at < 0 ? this.#free.length : at, 0, buffer);
    const bytes = (): number => this.#free.reduce((sum, { byteLength }) => sum + byteLength, 0);
    while (this.#free.length > mostKept || bytes() > mostKeptBytes) this.#free.shift();
  }
}
