const maxDepth = 200; // deeper than any real document

/**
 * The value of a JSON text that may be cut off anywhere; undefined when nothing is known yet, or the text is not JSON.
 * A cut string is kept as far as it goes; a cut number, literal or key is left out, since it may still become another one.
 */
export function parsePartialJson(text: string): unknown {
  const reader = new PartialJsonReader();
  reader.push(text);
  return reader.value;
}

/** An object or a list that has not ended. */
interface Frame {
  /** Its whole members, for a list. */
  readonly list: unknown[] | undefined;
  /** Its whole members, for an object. */
  readonly entries: Record<string, unknown> | undefined;
  /** The key whose value is being read. */
  key: string | undefined;
  expects: 'first' | 'key' | 'colon' | 'value' | 'comma';
}

/** What is being read and may go on with the next piece. */
type Open =
  /** `half` is half a surrogate pair, `pending` an escape that is not whole, `escaped` the length of that so far. */
  | { readonly type: 'string'; readonly isKey: boolean; text: string; half: string; pending: string; escaped: number }
  | { readonly type: 'word'; text: string };

const literals = ['true', 'false', 'null'];

/**
 * `parsePartialJson` for a text that grows: each character is read once, however small the pieces are. What `value` gave stays as it was;
 * members that are whole are shared between the values of one reader.
 */
export class PartialJsonReader {
  readonly #stack: Frame[] = [];
  #root: unknown;
  #open: Open | undefined;
  #isBroken = false;
  #hasChanged = false;

  /** Takes the next piece of the text. Returns whether `value` is another one now. */
  push(piece: string): boolean {
    this.#hasChanged = false;
    const wasBroken = this.#isBroken;
    for (let at = 0; at < piece.length && !this.#isBroken; ) {
      if (this.#open?.type === 'string') at = this.#readString(this.#open, piece, at);
      else if (this.#open?.type === 'word') at = this.#readWord(this.#open, piece, at);
      else at = this.#readMark(piece, at);
    }
    return this.#hasChanged || this.#isBroken !== wasBroken;
  }

  /** The value as far as it is known. */
  get value(): unknown {
    if (this.#isBroken) return undefined;
    let value = this.#openValue();
    for (let depth = this.#stack.length - 1; depth >= 0; depth -= 1) {
      const { list, entries, key } = this.#stack[depth] as Frame;
      if (list !== undefined) value = value === undefined ? [...list] : [...list, value];
      else value = { ...entries, ...(value !== undefined && key !== undefined && ownEntry(key, value)) };
    }
    return value === undefined ? this.#root : value;
  }

  #openValue(): unknown {
    const open = this.#open;
    if (open?.type === 'word') return literals.includes(open.text) ? JSON.parse(open.text) : undefined;
    return open === undefined || open.isKey ? undefined : open.text;
  }

  /** One character outside of strings and words. */
  #readMark(piece: string, at: number): number {
    const mark = piece[at] as string;
    if (' \t\n\r'.includes(mark)) return at + 1;
    const frame = this.#stack.at(-1);
    const expects = frame === undefined ? (this.#root === undefined ? 'value' : 'end') : frame.expects;
    if (mark === ',' && frame !== undefined && expects === 'comma') frame.expects = frame.list === undefined ? 'key' : 'value';
    else if (mark === ':' && frame !== undefined && expects === 'colon') frame.expects = 'value';
    else if (mark === ']' && frame?.list !== undefined && (expects === 'first' || expects === 'comma')) this.#end(frame.list);
    else if (mark === '}' && frame?.entries !== undefined && (expects === 'first' || expects === 'comma')) this.#end(frame.entries);
    else if (mark === '"' && frame?.entries !== undefined && (expects === 'first' || expects === 'key')) this.#beginString(true);
    else if (expects === 'value' || (expects === 'first' && frame?.list !== undefined)) return this.#beginValue(mark, at);
    else this.#isBroken = true;
    return at + 1;
  }

  #beginValue(mark: string, at: number): number {
    if (mark === '"') this.#beginString(false);
    else if (mark === '{') this.#begin({ list: undefined, entries: {}, key: undefined, expects: 'first' });
    else if (mark === '[') this.#begin({ list: [], entries: undefined, key: undefined, expects: 'first' });
    else {
      this.#open = { type: 'word', text: '' };
      if (!/[-\dtfn]/.test(mark)) this.#isBroken = true;
      return at;
    }
    return at + 1;
  }

  #beginString(isKey: boolean): void {
    this.#open = { type: 'string', isKey, text: '', half: '', pending: '', escaped: 0 };
    this.#hasChanged ||= !isKey;
  }

  #begin(frame: Frame): void {
    if (this.#stack.length > maxDepth) this.#isBroken = true;
    this.#stack.push(frame);
    this.#hasChanged = true;
  }

  /** The innermost list or object is whole. */
  #end(value: unknown): void {
    this.#stack.pop();
    this.#put(value);
  }

  /** Puts a whole value where it belongs. */
  #put(value: unknown): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) this.#root = value;
    else {
      if (frame.list !== undefined) frame.list.push(value);
      else Object.assign(frame, { entries: Object.defineProperties(frame.entries ?? {}, describe(frame.key ?? '', value)) });
      frame.expects = 'comma';
    }
  }

  #readString(open: Extract<Open, { type: 'string' }>, piece: string, from: number): number {
    let at = from;
    let isWhole = false;
    for (; at < piece.length; at += 1) {
      const mark = piece[at] as string;
      if (open.escaped === 1) open.escaped = mark === 'u' ? 2 : 0;
      else if (open.escaped > 1) open.escaped = open.escaped === 5 ? 0 : open.escaped + 1;
      else if (mark === '\\') open.escaped = 1;
      else if (mark === '"') {
        isWhole = true;
        break;
      }
    }
    const raw = open.pending + piece.slice(from, at);
    open.pending = open.escaped === 0 ? '' : raw.slice(-open.escaped);
    const decoded = decode(`"${raw.slice(0, raw.length - open.pending.length)}"`);
    if (typeof decoded !== 'string') this.#isBroken = true;
    else addText(open, decoded);
    this.#hasChanged ||= !open.isKey && decoded !== '';
    if (isWhole) this.#endString(open);
    return at + 1;
  }

  #endString({ isKey, text: whole, half }: Extract<Open, { type: 'string' }>): void {
    this.#open = undefined;
    const text = whole + half;
    const frame = this.#stack.at(-1);
    if (isKey && frame !== undefined) Object.assign(frame, { key: text, expects: 'colon' });
    else this.#put(text);
  }

  #readWord(open: Extract<Open, { type: 'word' }>, piece: string, from: number): number {
    const end = /[\s,\]}]/g;
    end.lastIndex = from;
    const at = end.exec(piece)?.index ?? piece.length;
    const part = piece.slice(from, at);
    open.text += part;
    const isNumber = /^[-\d]/.test(open.text) && /^[-+.\deE]*$/.test(part);
    const isLiteral = open.text.length <= 5 && literals.some((literal) => literal.startsWith(open.text));
    if (!isNumber && !isLiteral) this.#isBroken = true;
    this.#hasChanged ||= part !== '' && literals.includes(open.text);
    if (at === piece.length || this.#isBroken) return at;
    this.#open = undefined;
    const value = decode(open.text);
    if (value === undefined) this.#isBroken = true;
    else this.#put(value);
    this.#hasChanged ||= isNumber;
    return at;
  }
}

/** Only the new part is looked at: joining strings costs nothing as long as nobody looks inside. */
function addText(open: Extract<Open, { type: 'string' }>, decoded: string): void {
  const added = open.half + decoded;
  open.half = /[\ud800-\udbff]$/.exec(added.slice(-1))?.[0] ?? '';
  open.text += added.slice(0, added.length - open.half.length);
}

/** An entry of a spread, `__proto__` as an ordinary key. */
function ownEntry(key: string, value: unknown): object {
  return Object.fromEntries([[key, value]]);
}

function describe(key: string, value: unknown): PropertyDescriptorMap {
  return Object.fromEntries([[key, { value, writable: true, enumerable: true, configurable: true }]]);
}

/** Undefined for what is not JSON. */
function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
