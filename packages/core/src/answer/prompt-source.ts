import type { PromptSource } from '../model/decoder-jobs.ts';
import type { TileIdentities } from '../model/tile-identities.ts';
import type { TokenEmbedder } from '../model/token-embedder.ts';
import type { EncodedTile, TileInput, VisionEncoder } from '../model/vision-encoder.ts';
import type { ImageSpan } from '../text/image-placeholders.ts';

/** Where features come from: the model's own encoder, or a graph that is being measured. */
export type FeatureSource = Pick<VisionEncoder, 'encodeAll' | 'tilesPerRun'>;

/**
 * A prompt whose image positions are filled with the features of its tiles. Tiles are encoded ahead by `encode`; one that the cache
 * lost in the meantime is encoded when it is read.
 */
export class TiledPromptSource implements PromptSource {
  readonly length: number;
  readonly keys: Float64Array;
  readonly #ids: ArrayLike<number>;
  readonly #tokensPerTile: number;
  readonly #vision: FeatureSource;
  readonly #embedder: TokenEmbedder;
  /** Tile of each image span position, in the order of the prompt. */
  readonly #tiles: readonly TileInput[];
  /** Where each tile's tokens start. */
  readonly #starts: readonly number[];
  readonly #features = new Map<number, EncodedTile>();

  constructor(options: {
    readonly ids: ArrayLike<number>;
    readonly spans: readonly ImageSpan[];
    /** Tiles of all images, in order; as many as the spans have room for. */
    readonly tiles: readonly TileInput[];
    readonly tokensPerTile: number;
    readonly vision: FeatureSource;
    readonly embedder: TokenEmbedder;
    /** Those of everything that the decoder reads. */
    readonly identities: Pick<TileIdentities, 'numberOf'>;
  }) {
    this.#ids = options.ids;
    this.#tokensPerTile = options.tokensPerTile;
    this.#vision = options.vision;
    this.#embedder = options.embedder;
    this.#tiles = options.tiles;
    this.#starts = options.spans.flatMap(({ start, length }) =>
      Array.from({ length: length / options.tokensPerTile }, (_, tile) => start + tile * options.tokensPerTile),
    );
    this.length = options.ids.length;
    this.keys = this.#makeKeys(options.identities);
  }

  /** Text positions have their token's id; image positions count down from -1, so many for each tile that was ever seen. */
  #makeKeys(identities: Pick<TileIdentities, 'numberOf'>): Float64Array {
    const keys = Float64Array.from(this.#ids);
    for (const [tile, start] of this.#starts.entries()) {
      const base = identities.numberOf((this.#tiles[tile] as TileInput).digest) * this.#tokensPerTile;
      for (let offset = 0; offset < this.#tokensPerTile; offset += 1) keys[start + offset] = -1 - base - offset;
    }
    return keys;
  }

  /** Numbers of the tiles that a prefill from position `from` on reads. */
  tilesFrom(from: number): readonly number[] {
    return this.#starts.flatMap((start, tile) => (start + this.#tokensPerTile > from ? [tile] : []));
  }

  /** Encodes some tiles now. */
  async encode(tiles: readonly number[], signal: AbortSignal): Promise<readonly EncodedTile[]> {
    const inputs = tiles.map((tile) => this.#tiles[tile] as TileInput);
    const encoded = await this.#vision.encodeAll(inputs, signal);
    for (const [index, tile] of tiles.entries()) this.#features.set(tile, encoded[index] as EncodedTile);
    return encoded;
  }

  /** How many tiles are best encoded at once. */
  get tilesAtOnce(): number {
    return this.#vision.tilesPerRun;
  }

  async write(start: number, end: number, out: Float32Array, signal: AbortSignal): Promise<void> {
    const hidden = this.#embedder.hiddenSize;
    let tile = this.#starts.findIndex((at) => at + this.#tokensPerTile > start);
    if (tile < 0) tile = this.#starts.length;
    for (let position = start; position < end; ) {
      const tileStart = this.#starts[tile] ?? Number.POSITIVE_INFINITY;
      if (position < tileStart) {
        this.#embedder.embed(this.#ids[position] as number, out, (position - start) * hidden);
        position += 1;
        continue;
      }
      if (!this.#features.has(tile)) await this.encode([tile], signal);
      const { features } = this.#features.get(tile) as EncodedTile;
      const from = position - tileStart;
      const count = Math.min(this.#tokensPerTile - from, end - position);
      out.set(features.subarray(from * hidden, (from + count) * hidden), (position - start) * hidden);
      position += count;
      if (from + count === this.#tokensPerTile) {
        this.#features.delete(tile); // read once: the encoder's own cache keeps it if there is room
        tile += 1;
      }
    }
  }
}
