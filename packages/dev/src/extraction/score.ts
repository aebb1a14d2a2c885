import type { DrawnDocument, DrawnItem, DrawnValue } from './documents.ts';
import type { DateForm } from './questions.ts';

/** Whether each value that the schema asks for is what was drawn, by its path. Values that the page does not have are not judged. */
export function scoreObject(
  document: DrawnDocument,
  object: unknown,
  schema: Readonly<Record<string, unknown>>,
  form: DateForm,
): ReadonlyMap<string, boolean> {
  const found = isRecord(object) ? object : {};
  const scores = new Map<string, boolean>();
  for (const [name, drawn] of Object.entries(document.values)) {
    if (Object.hasOwn(schema.properties as object, name)) scoreValue(scores, name, drawn, found[name], form);
  }
  return scores;
}

function scoreValue(scores: Map<string, boolean>, path: string, drawn: DrawnValue, value: unknown, form: DateForm): void {
  if (Array.isArray(drawn)) {
    const read = Array.isArray(value) ? value : [];
    scores.set(`${path}.length`, read.length === drawn.length);
    for (const [index, item] of (drawn as readonly DrawnItem[]).entries()) {
      const entry: unknown = read[index];
      const { name, description = name, price, amount = price } = isRecord(entry) ? entry : {};
      scores.set(`${path}[${index}].name`, isSameText(item.name, description));
      scores.set(`${path}[${index}].price`, amount === item.price.value);
    }
    return;
  }
  if (typeof drawn === 'string') scores.set(path, isSameText(drawn, value));
  else if ('iso' in drawn) scores.set(path, isSameText(form === 'rewritten' ? drawn.iso : drawn.printed, value));
  else if ('value' in drawn) scores.set(path, value === drawn.value);
}

const isSameText = (drawn: string, value: unknown): boolean => typeof value === 'string' && value.replace(/\s+/g, ' ').trim() === drawn;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
