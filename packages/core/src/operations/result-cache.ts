import { createHash } from 'node:crypto';
import type { Page } from '@h2ovl/contract';
import { RecentMap } from '../store/recent-map.ts';
import type { PageModel } from './page-model.ts';

/** Characters of all results that are kept for one model: about a thousand dense pages. */
const maxKeptCharacters = 8_000_000;

/** What a model made of pages, so that a further slice of the same page costs nothing; sizes in characters. */
type ResultCache = RecentMap<unknown>;

const caches = new WeakMap<object, ResultCache>();

/** The results of a model live as long as it does. */
export function cacheOf(model: PageModel): ResultCache {
  const keeper = model.keeper ?? model;
  const cache = caches.get(keeper) ?? new RecentMap<unknown>({ maxSize: maxKeptCharacters });
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
