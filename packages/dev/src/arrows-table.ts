import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arrows } from './arrows.ts';

const [begin, end] = ['<!-- arrows.json, written by `npm run arrows` -->', '<!-- end of arrows.json -->'];

/** Puts the tables of `arrows.json` between their marks in a page. @throws Error when the page has no marks */
export function withArrows(page: string, arrows: Arrows): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page lacks the marks ${begin} and ${end}.`);
  return `${page.slice(0, from + begin.length)}\n\n${formatArrows(arrows)}\n${page.slice(to)}`;
}

/** What may import what, as Markdown. */
function formatArrows({ packages, floors, only }: Arrows): string {
  const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || 'none';
  return [
    ['| package | may import |', '|---|---|', ...Object.entries(packages).map(([name, others]) => `| \`${name}\` | ${code(others)} |`)],
    ...Object.entries(floors).map(([name, list]) => [
      `| floors of \`${name}\`, the highest first |`,
      '|---|',
      ...list.map((rooms) => `| ${code(rooms)} |`),
    ]),
    ['| imported | only by |', '|---|---|', ...Object.entries(only).map(([name, places]) => `| \`${name}\` | ${code(places)} |`)],
  ]
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** `npm run arrows`: writes the tables into ARCHITECTURE.md, run from the root of the repository. */
export async function main(): Promise<number> {
  const arrows = JSON.parse(readFileSync(join('packages', 'dev', 'arrows.json'), 'utf8')) as Arrows;
  writeFileSync('ARCHITECTURE.md', withArrows(readFileSync('ARCHITECTURE.md', 'utf8'), arrows));
  return 0;
}
