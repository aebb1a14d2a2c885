import { createHash } from 'node:crypto';
import type { Page } from '@h2ovl/contract';
import type { PageModel } from './page-model.ts';

/** Characters of all results that are kept for one model: about a thousand dense pages. */
const maxKeptCharacters = 8_000_000;

/** What a model made of pages, so that a further slice of the same page costs nothing. The one used longest ago goes first. */
export class ResultCache {
  readonly #results = new Map<string, { readonly value: unknown; readonly characters: number }>();
  #characters = 0;

  get(key: string): unknown {
    const found = this.#results.get(key);
    if (found === undefined) return undefined;
    this.#results.delete(key); // to the end: used last
    this.#results.set(key, found);
    return found.value;
  }

  set(key: string, value: unknown, characters: number): void {
    this.#forget(key);
    this.#results.set(key, { value, characters });
    this.#characters += characters;
    for (const oldest of this.#results.keys()) {
      if (this.#characters <= maxKeptCharacters) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#characters -= this.#results.get(key)?.characters ?? 0;
    this.#results.delete(key);
  }
}

const caches = new WeakMap<object, ResultCache>();

/** The results of a model live as long as it does. */
export function cacheOf(model: PageModel): ResultCache {
  const keeper = model.keeper ?? model;
  const cache = caches.get(keeper) ?? new ResultCache();
  caches.set(keeper, cache);
  return cache;
}

/** The same page, asked the same, gives the same answer, whose warnings may name the page; without a seed only when nothing is drawn by lot. */
export function resultKey(page: Page, request: object): string | undefined {
  const { temperature = 0, seed } = request as { readonly temperature?: number; readonly seed?: number };
  if (temperature > 0 && seed === undefined) return undefined;
  const said = JSON.stringify(request, (name, value: unknown) => (name === 'images' || name === 'signal' ? undefined : value));
  return createHash('sha256').update(page.key).update('\0').update(page.name).update('\0').update(said).digest('hex');
}
