/** One event of a server-sent event stream. */
export interface ServerSentEvent {
  /** Its name; `message` unless the server gave another. */
  readonly event: string;
  /** Its `data:` lines, joined with line feeds. */
  readonly data: string;
}

/** What a decoder may hold in memory. */
export interface SseLimits {
  /** Most characters of one event, its field names included. @default 16000000 */
  readonly maxEventChars?: number;
}

/** An event grew past the limit of its decoder: not a stream we should go on reading. */
export class SseOverflowError extends Error {
  constructor(maxEventChars: number) {
    super(`One event of the stream is longer than ${maxEventChars} characters.`);
    this.name = 'SseOverflowError';
  }
}

const defaultMaxEventChars = 16_000_000; // a full answer in a single event stays under 1 MB

/** Turns text as it arrives, cut anywhere, into server-sent events. Comments and unknown fields are skipped; an event cut off by the end of the stream is dropped, as the standard says. */
export class SseDecoder {
  readonly #maxEventChars: number;
  #line: string[] = []; // pieces of the unfinished line; joined once, so that many small pieces stay linear
  #data: string[] = [];
  #event = '';
  #size = 0;
  #endedWithReturn = false;
  #isStart = true;

  constructor({ maxEventChars = defaultMaxEventChars }: SseLimits = {}) {
    this.#maxEventChars = maxEventChars;
  }

  /** Takes the next piece of text and returns the events it completed. Throws SseOverflowError past the limit. */
  push(text: string): readonly ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    let from = 0;
    if (this.#isStart && text !== '') {
      if (text.charCodeAt(0) === 0xfeff) from = 1; // a byte order mark is not part of the first field
      this.#isStart = false;
    }
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code !== 10 && code !== 13) {
        this.#endedWithReturn = false;
        continue;
      }
      // CR LF is one line end, also when the piece was cut between the two.
      const isSecondHalf = code === 10 && this.#endedWithReturn;
      this.#endedWithReturn = code === 13;
      if (!isSecondHalf) {
        this.#keep(text.slice(from, at));
        const event = this.#endLine();
        if (event !== undefined) events.push(event);
      }
      from = at + 1;
    }
    if (from < text.length) this.#keep(text.slice(from));
    return events;
  }

  #keep(piece: string): void {
    if (piece === '') return;
    this.#size += piece.length;
    if (this.#size > this.#maxEventChars) throw new SseOverflowError(this.#maxEventChars);
    this.#line.push(piece);
  }

  #endLine(): ServerSentEvent | undefined {
    const line = this.#line.join('');
    this.#line = [];
    if (line === '') return this.#endEvent();
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.#size -= line.length; // a comment is gone; heartbeats must not add up to an overflow
      return undefined;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const rest = colon < 0 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    return undefined;
  }

  #endEvent(): ServerSentEvent | undefined {
    const event =
      this.#data.length === 0 ? undefined : { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n') };
    this.#data = [];
    this.#event = '';
    this.#size = 0;
    return event;
  }
}
