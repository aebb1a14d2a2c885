import { readFileSync } from 'node:fs';

/** The code block of the README that is marked with `name` after its language. */
export function readSnippet(name: string): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const match = new RegExp(`\`\`\`\\w+ ${name}\\n(.*?)\n\`\`\``, 's').exec(readme);
  if (match?.[1] === undefined) throw new Error(`The README has no snippet ${name}.`);
  return match[1];
}
