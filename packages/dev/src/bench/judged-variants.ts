import { type BenchOptions, type Variant, variants, type WorkGroup } from './options.ts';

/** Forms of the model that each group is judged at; roofs need none. Page and tile take float32 vision first, 8 bits beside it. */
const judgedVariants: Readonly<Record<WorkGroup, readonly Variant[]>> = {
  roofs: [],
  tile: ['balanced', 'int8'],
  prefill: ['balanced'],
  decode: ['fast'],
  batch: ['balanced'],
  load: ['balanced', 'fast'],
  page: ['balanced', 'int8'],
  overhead: ['fast'],
  cancel: ['fast'],
  schema: ['balanced'],
  drafts: ['balanced'],
  'page-ways': ['balanced'],
  lines: [],
};

/** The forms a group is measured in: those asked for, or the ones it is judged at. */
export function variantsOf(group: WorkGroup, { precisions }: Pick<BenchOptions, 'precisions'>): readonly Variant[] {
  const judged = judgedVariants[group];
  return judged.length === 0 ? [] : (precisions ?? judged);
}

/** The forms that all chosen groups need together. */
export function neededVariants(options: Pick<BenchOptions, 'only' | 'precisions'>): readonly Variant[] {
  const needed = new Set(options.only.flatMap((group) => variantsOf(group, options)));
  return variants.filter((variant) => needed.has(variant));
}
