import { type JsonProblem, scanJson } from './scan-json.ts';

/** What a model's text says as JSON, and what was done to read it. */
export type CheckedJson =
  | { readonly type: 'json'; readonly value: unknown; readonly steps: readonly string[] }
  | { readonly type: 'none' | JsonProblem['type']; readonly message: string; readonly position: number; readonly steps: readonly string[] };

/**
 * Reads the JSON in a model's answer. Two things are set aside, and each is told in `steps`: code fences, and text before the first `{` or `[` and
 * after its matching end. Nothing else is repaired: any other fault is reported with its place (`position`: UTF-16 units from the start of the text).
 */
export function checkJson(text: string): CheckedJson {
  const start = text.search(/[{[]/);
  if (start < 0) {
    return { type: 'none', message: `No "{" or "[" in the answer of ${text.length} characters`, position: text.length, steps: [] };
  }
  const steps = asideSteps(text.slice(0, start), 'before');
  const { problem, end } = scanJson(text, start);
  if (problem !== undefined) return { ...problem, message: `${problem.message} at ${describePlace(text, problem.position)}`, steps };
  return { type: 'json', value: JSON.parse(text.slice(start, end)), steps: [...steps, ...asideSteps(text.slice(end), 'after')] };
}

function asideSteps(aside: string, where: 'before' | 'after'): string[] {
  const words = aside.replace(/```[\w-]*/, '').trim();
  const steps = aside.includes('```') ? [`Removed a code fence ${where} the JSON.`] : [];
  if (words !== '') steps.push(`Ignored ${words.length} characters ${where} the JSON.`);
  return steps;
}

function describePlace(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1} (character ${position})`;
}
