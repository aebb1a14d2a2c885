import { sep } from 'node:path';

/** A pattern, taken apart. */
export interface Glob {
  /** The folder in which everything that matches lies. */
  readonly base: string;
  /** Whether something below that folder's own folders can match. */
  readonly isDeep: boolean;
  /** Whether a path below `base` matches, with `/` between its names. */
  readonly matches: (path: string) => boolean;
}

/** Whether a word can be a pattern at all. */
export function hasMagic(word: string): boolean {
  return /[*?[{]/.test(word);
}

/** Reads a pattern: `*` and `?` match within a name, `**` any folders, `[ab]` and `[!ab]` one character, `{png,jpg}` either. Names with a dot in front only match a dot. */
export function compileGlob(pattern: string): Glob {
  const names = (sep === '\\' ? pattern.replaceAll('\\', '/') : pattern).split('/');
  const first = names.findIndex(hasMagic);
  const rest = names.slice(first);
  const base = names.slice(0, first).join('/');
  const expression = rest.map((name, index) => compileName(name, index === rest.length - 1)).join('');
  const regex = makeRegex(expression);
  return {
    base: base !== '' ? base : first > 0 ? '/' : '.',
    isDeep: rest.length > 1 || rest[0] === '**',
    matches: (path) => regex?.test(path) ?? false,
  };
}

/** Undefined for a range that runs backwards: nothing matches it. */
function makeRegex(expression: string): RegExp | undefined {
  try {
    return new RegExp(`^${expression}$`, 'su');
  } catch {
    return undefined;
  }
}

function compileName(name: string, isLast: boolean): string {
  if (name === '**') return isLast ? '(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+' : '(?:(?!\\.)[^/]+/)*';
  const dots = name.startsWith('.') ? '' : '(?!\\.)';
  return `${dots}${compileCharacters(name)}${isLast ? '' : '/'}`;
}

function compileCharacters(name: string): string {
  let expression = '';
  for (let at = 0; at < name.length; ) {
    const rest = name.slice(at);
    const set = /^\[(!|\^)?(\]?[^\]]*)\]/s.exec(rest);
    const choice = /^\{([^{}]*)\}/s.exec(rest);
    if (set) expression += `[${set[1] === undefined ? '' : '^/'}${(set[2] as string).replace(/[\\[\]^]/g, '\\$&')}]`;
    else if (choice) expression += `(?:${(choice[1] as string).split(',').map(compileCharacters).join('|')})`;
    else if (rest.startsWith('*')) expression += '[^/]*';
    else if (rest.startsWith('?')) expression += '[^/]';
    else expression += quote(String.fromCodePoint(rest.codePointAt(0) as number));
    at += set?.[0].length ?? choice?.[0].length ?? String.fromCodePoint(rest.codePointAt(0) as number).length;
  }
  return expression;
}

function quote(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
