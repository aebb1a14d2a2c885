/** JSON as files have it: a byte order mark at the beginning, which some editors write, is no part of it. @throws SyntaxError */
export function parseJson(text: string): unknown {
  return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
}
