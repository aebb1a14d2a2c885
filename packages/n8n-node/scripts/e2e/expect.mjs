/** Line by line what was drawn, or what PyTorch reads there: the precision of the server may tip the balance between the two. */
export function readsLike(text, { answer, pytorch }) {
  const [drawn, reference] = [answer, pytorch].map((wanted) => wanted.split('\n'));
  const isRight = (line, index) => line === drawn[index] || line === reference[index];
  const lines = String(text).split('\n');
  if (lines.length !== drawn.length || !lines.every(isRight)) throw new Error(`Drawn:\n${answer}\nRead:\n${text}`);
}

/** A part of a text is there. */
export function includes(text, part) {
  if (!String(text).includes(part)) throw new Error(`Expected: ${part}\nIn: ${String(text).slice(0, 2000)}`);
}

/** Two values are the same. */
export function equal(actual, wanted) {
  if (actual !== wanted) throw new Error(`Expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}.`);
}
