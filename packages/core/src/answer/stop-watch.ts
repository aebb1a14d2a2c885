/** Milliseconds between laps, monotonic. */
export class StopWatch {
  #last: number = performance.now();

  lap(): number {
    const now = performance.now();
    const elapsed = now - this.#last;
    this.#last = now;
    return elapsed;
  }
}
