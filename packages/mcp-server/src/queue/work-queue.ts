import { abortable, BusyError, onAbort, VisionError } from '@h2ovl/contract';
import { RunTimes } from '../run-times.ts';

/** How busy the queue is. */
export interface QueueState {
  readonly running: number;
  readonly waiting: number;
  /** Most that may wait. */
  readonly limit: number;
}

/** A place in the queue. `leave` must be called once the work is over, however it ended. */
export interface QueueTicket {
  /** Resolves when it is this ticket's turn; rejects with the signal's reason when the caller gave up while waiting. */
  readonly turn: Promise<void>;
  /** Tickets that come before this one, those running included. */
  ahead(): number;
  /**
   * Between two parts of one piece of work: lets those go first that wait, and resolves when it is this ticket's turn again. With `until` it stays out of the
   * line until that is settled, and others have its turn meanwhile. The ticket is never refused, since it keeps its place in the queue. Rejects with the
   * signal's reason when the caller gave up while waiting.
   */
  pass(until?: Promise<void>): Promise<void>;
  leave(): void;
}

export interface WorkQueueOptions {
  /** Most that may wait; one more is refused. @default 16 */
  readonly limit?: number;
  /** How many may run at once. @default 1, since one model saturates the machine */
  readonly parallel?: number;
}

interface Entry {
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** The one bounded queue in front of the model, shared by HTTP and MCP: first come, first served; refused when full; left when aborted. */
export class WorkQueue {
  readonly #limit: number;
  readonly #parallel: number;
  readonly #waiting: Entry[] = [];
  readonly #times = new RunTimes();
  #running = 0;
  #isClosed = false;
  #idle: (() => void)[] = [];

  constructor({ limit = 16, parallel = 1 }: WorkQueueOptions = {}) {
    this.#limit = limit;
    this.#parallel = parallel;
  }

  get state(): QueueState {
    return { running: this.#running, waiting: this.#waiting.length, limit: this.#limit };
  }

  /** Takes a place at once, or throws QUEUE_FULL (or DISPOSED after `close`) at once. */
  admit(signal: AbortSignal): QueueTicket {
    signal.throwIfAborted();
    if (this.#isClosed) throw new VisionError('DISPOSED', 'The server is stopping.', { hint: 'Try again when it is back.' });
    if (this.#running >= this.#parallel && this.#waiting.length >= this.#limit) {
      throw new BusyError(`${this.#running} running and ${this.#waiting.length} waiting: the queue is full.`, {
        hint: 'Try again shortly, or start the server with a larger --queue.',
        retryAfterMs: this.#times.untilNextEnd(),
      });
    }
    return this.#enter(signal);
  }

  /** Refuses newcomers from now on; those already in it keep their place. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #enter(signal: AbortSignal): QueueTicket {
    let phase: 'waiting' | 'running' | 'left' = 'waiting';
    let place: Entry | undefined;
    let endRun = (): void => {};
    const stand = (): Promise<void> => {
      const turn = new Promise<void>((resolve, reject) => {
        const giveUp = (): void => {
          reject(signal.reason); // before leaving, which would reject with its own words
          leave();
        };
        const unfollow = onAbort(signal, giveUp);
        place = {
          start: () => {
            unfollow();
            phase = 'running';
            this.#running += 1;
            endRun = this.#times.start();
            resolve();
          },
          refuse: (reason) => {
            unfollow();
            reject(reason);
          },
        };
        this.#waiting.push(place);
      });
      turn.catch(() => {}); // whoever awaits it hears of it; an unread turn stays quiet
      this.#advance();
      return turn;
    };
    const leave = (): void => {
      if (phase === 'left') return;
      if (phase === 'running') {
        this.#running -= 1;
        endRun();
      } else if (place !== undefined) this.#remove(place);
      phase = 'left';
      this.#advance();
    };
    const pass = async (until?: Promise<void>): Promise<void> => {
      signal.throwIfAborted();
      if (phase !== 'running') throw new Error('Only a ticket whose turn it is can let others go first.');
      if (this.#waiting.length === 0 && until === undefined) return;
      this.#running -= 1;
      endRun();
      phase = 'waiting';
      place = undefined;
      if (until !== undefined) {
        this.#advance();
        await abortable(until, signal);
      }
      await stand();
    };
    const turn = stand();
    const ahead = (): number => (phase === 'waiting' && place !== undefined ? this.#waiting.indexOf(place) + this.#running : 0);
    return { turn, ahead, pass, leave };
  }

  #remove(place: Entry): void {
    const index = this.#waiting.indexOf(place);
    if (index >= 0) this.#waiting.splice(index, 1);
    place.refuse(new DOMException('The place in the queue was given up.', 'AbortError'));
  }

  #advance(): void {
    while (this.#running < this.#parallel) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next.start();
    }
    if (this.#running > 0 || this.#waiting.length > 0) return;
    const listeners = this.#idle;
    this.#idle = [];
    for (const listener of listeners) listener();
  }
}
