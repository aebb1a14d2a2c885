import type { PageLines, ValueEvidence } from '@h2ovl/contract';
import type { JsonSchema } from '../../json/copy-schema.ts';
import { makePacer } from '../../tiles/make-pacer.ts';
import { findCandidates, type LocatedField } from './candidates.ts';
import { choosePlaces } from './choose-places.ts';
import { listValues } from './list-values.ts';
import { PageLayout } from './page-layout.ts';

/** Values of one object that are looked for; the largest schemas in use have a tenth of it. */
const mostValues = 5_000;

/**
 * Where the values of an extracted object stand on their page. Null, true, false and empty texts have no evidence; a value that stands nowhere is there
 * with `match: 'none'`. Among several equal places the label, the row of the entry and the places of the other values choose.
 * @throws the signal's reason when aborted
 */
export async function findEvidence(
  object: unknown,
  schema: JsonSchema,
  page: PageLines,
  number: number,
  signal?: AbortSignal,
): Promise<readonly ValueEvidence[]> {
  const { lines } = page;
  const layout = new PageLayout(lines);
  const pacer = makePacer(signal);
  const fields: LocatedField[] = [];
  for (const value of listValues(object, schema).slice(0, mostValues)) {
    fields.push(findCandidates(value, lines, layout));
    if (pacer.isDue()) await pacer.pause();
  }
  const chosen = choosePlaces(fields, layout);
  return fields.map((field): ValueEvidence => {
    const { value, match, candidates } = field;
    const best = chosen.get(field);
    // Places by chance are none: the value does not stand where it would have to.
    if (best === undefined) return { path: value.path, match: match === 'not-judged' ? match : 'none', page: number, places: [] };
    const { label } = best;
    return {
      path: value.path,
      match,
      page: number,
      places: [best, ...candidates.filter((candidate) => candidate !== best)].map(({ place }) => place),
      ...(label.words !== undefined && { label: { text: label.words.text, box: label.words.box } }),
    };
  });
}
