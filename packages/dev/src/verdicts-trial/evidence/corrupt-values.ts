import { createSeededRandom } from '@h2ovl/core/internal/generation/seeded-random';
import type { EvidencePage } from './evidence-pages.ts';

/** The object with one value in three changed as a model misreads: a digit, a letter, or another word; with the paths of those. */
export function corrupt(page: EvidencePage, seed: number): { readonly object: unknown; readonly wrong: ReadonlySet<string> } {
  const random = createSeededRandom(seed);
  const wrong = new Set<string>();
  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((entry, index) => visit(entry, `${path}[${index}]`));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, visit(entry, path === '' ? name : `${path}.${name}`)]));
    }
    if (random() >= 1 / 3) return value;
    const changed = misread(value, random);
    if (changed === value) return value;
    wrong.add(path);
    return changed;
  };
  return { object: visit(page.object, ''), wrong };
}

function misread(value: unknown, random: () => number): unknown {
  const text = String(value);
  const places = [...text.matchAll(/[\p{L}\p{N}]/gu)].map(({ index }) => index);
  const at = places[Math.floor(random() * places.length)] ?? 0;
  const letter = text[at] ?? '';
  const other = /\d/.test(letter)
    ? String((Number(letter) + 1 + Math.floor(random() * 9)) % 10)
    : String.fromCharCode(97 + ((letter.toLowerCase().charCodeAt(0) - 97 + 1 + Math.floor(random() * 24)) % 26));
  const changed = text.slice(0, at) + other + text.slice(at + 1);
  return typeof value === 'number' ? Number(changed) : changed;
}
