import { type OutputIssue, operations, VisionError } from '@h2ovl/contract';
import type { JsonLayout } from '../model-files/manifest.ts';
import type { JsonSchema } from './copy-schema.ts';
import { type JsonValue, outlineSchema } from './outline-schema.ts';

export interface StructuredPromptOptions {
  /** The user's question, without its pictures. May be empty. If it speaks of JSON it is taken as the instruction; if it ends with an example of its own, none is added. */
  readonly question: string;
  readonly schema: JsonSchema;
  /** What was wrong with an earlier answer: makes the prompt ask for a correction. */
  readonly issues?: readonly OutputIssue[];
  /** How the example is written: as the model was taught. @default 'line' */
  readonly layout?: JsonLayout;
}

/** What stands around the question. Either may be empty. */
export interface StructuredPrompt {
  readonly before: string;
  readonly after: string;
}

const { instruction } = operations.extract;
const maxIssues = 10;
const maxIssueLength = 200;

/**
 * Makes a question into the form the models were trained on: a sentence that ends in a colon, then an empty JSON example. In between stand, only where there are any,
 * notes on what the example cannot show, and what was wrong before. Throws `INVALID_ARGUMENT` when the schema's root is neither an object nor an array.
 */
export function structuredPrompt({ question, schema, issues = [], layout = 'line' }: StructuredPromptOptions): StructuredPrompt {
  const { skeleton, notes, allowsNull } = outlineSchema(schema);
  const isOpenObject = skeleton === '' && schema.type === undefined && schema.enum === undefined; // {} allows anything
  if ((typeof skeleton !== 'object' || skeleton === null) && !isOpenObject) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `The schema's root is ${JSON.stringify(schema.type ?? skeleton)}; it must be an object or an array.`,
      {
        hint: 'Wrap the value in an object with one property.',
      },
    );
  }
  const isEmpty = isOpenObject || Object.keys(skeleton as object).length === 0;
  const example = isEmpty || endsWithExample(question.trim()) ? undefined : writeExample(skeleton, layout);
  const rules = [...notes, ...(allowsNull ? ['Use null for what is not visible.'] : []), ...correctionLines(issues)];
  const lastLines = example === undefined ? [] : [example];
  if (/json/i.test(question)) return { before: rules.join('\n'), after: lastLines.join('\n') };
  return { before: '', after: [...rules, `${instruction}${example === undefined ? '.' : ':'}`, ...lastLines].join('\n') };
}

/** `total: must be number`; the root has no name. */
export function describeIssue({ path, message }: OutputIssue): string {
  const name = writePath(path);
  const line = (name === '' ? message : `${name}: ${message}`).replace(/\s+/g, ' ');
  return line.length > maxIssueLength ? `${line.slice(0, maxIssueLength - 1)}…` : line;
}

/** `items[3].name`; empty for the root. */
export function writePath(path: OutputIssue['path']): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '');
}

function correctionLines(issues: readonly OutputIssue[]): readonly string[] {
  if (issues.length === 0) return [];
  return ['An earlier answer was wrong:', ...issues.slice(0, maxIssues).map((issue) => `- ${describeIssue(issue)}`), 'Correct this.'];
}

function endsWithExample(question: string): boolean {
  return (question.endsWith('}') && question.includes('{')) || (question.endsWith(']') && question.includes('['));
}

/** JSON in a layout: as JavaScript indents it, or on one line as Python writes it. */
export function writeExample(skeleton: JsonValue, layout: JsonLayout): string {
  return layout === 'line' ? onOneLine(skeleton) : JSON.stringify(skeleton, null, layout === 'indent-2' ? 2 : 4);
}

/** As Python's `json.dumps` writes it, which is what the training data has: a space after each colon and comma. */
function onOneLine(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${onOneLine(entry as JsonValue)}`);
  return `{${entries.join(', ')}}`;
}
