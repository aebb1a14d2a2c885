import { abortable } from '@h2ovl/contract';

interface Waiting {
  readonly place: DecoderPlace;
  readonly limit: number;
  readonly enter: () => void;
}

/** The place of one process. `leave` must be called once the process has ended. */
export class DecoderPlace {
  /** Whether its process does nothing now and may be ended for another document. */
  isResting = false;
  /** Ends its process. */
  end: () => void = () => {};
  readonly #places: DecoderPlaces;

  constructor(places: DecoderPlaces) {
    this.#places = places;
  }

  /** Its process has nothing to do until `work`; `end` is called when another document needs the place meanwhile. */
  rest(end: () => void): void {
    this.isResting = true;
    this.end = end;
    this.#places.rested(this);
  }

  work(): void {
    this.isResting = false;
  }

  /** Idempotent. */
  leave(): void {
    this.#places.left(this);
  }
}

/**
 * How many processes decode at the same time. A document keeps its process between two pages, but only as long as no other needs the place: the one that has
 * rested longest is ended, and its document starts a new one for its next page. Where all are at work, the next document waits, first come, first served;
 * each of them comes to an end within the time that a page may take, so nothing waits for ever and nothing waits for itself.
 */
export class DecoderPlaces {
  /** Those that have rested longest come first. */
  readonly #taken = new Set<DecoderPlace>();
  readonly #waiting: Waiting[] = [];

  /**
   * A place among `limit`.
   * @throws the signal's reason when the caller gives up while it waits
   */
  async take(limit: number, signal: AbortSignal): Promise<DecoderPlace> {
    const place = new DecoderPlace(this);
    const entered = new Promise<void>((enter) => this.#waiting.push({ place, limit, enter }));
    this.#advance();
    try {
      await abortable(entered, signal);
      signal.throwIfAborted();
      return place;
    } catch (error) {
      const index = this.#waiting.findIndex((other) => other.place === place);
      if (index >= 0) this.#waiting.splice(index, 1);
      place.leave(); // had it entered in the same moment
      throw error;
    }
  }

  rested(place: DecoderPlace): void {
    if (!this.#taken.delete(place)) return;
    this.#taken.add(place);
    this.#advance();
  }

  left(place: DecoderPlace): void {
    this.#taken.delete(place);
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      if (this.#taken.size >= next.limit) {
        const resting = [...this.#taken].find(({ isResting }) => isResting);
        resting?.work(); // it is ended once
        resting?.end();
        return;
      }
      this.#waiting.shift();
      this.#taken.add(next.place);
      next.enter();
    }
  }
}

/** Those of this program. */
export const decoderPlaces: DecoderPlaces = new DecoderPlaces();
