import { type OutputIssue, VisionError } from '@h2ovl/contract';
import type { JsonSchema } from './copy-schema.ts';
import { type JsonValue, outlineSchema } from './outline-schema.ts';

export interface StructuredPromptOptions {
  /** The user's question. May be empty. If it speaks of JSON it is taken as the instruction; if it ends with an example of its own, none is added. */
  readonly prompt: string;
  readonly schema: JsonSchema;
  /** What was wrong with an earlier answer: makes the prompt ask for a correction. */
  readonly issues?: readonly OutputIssue[];
  /** The example on one line, as `{"total": ""}`, or indented by two spaces as on the model cards. @default 'line' */
  readonly layout?: 'line' | 'indented';
}

const instruction = 'Extract the details from the image and structure them into JSON format';
const maxIssues = 10;
const maxIssueLength = 200;

/**
 * The question in the form the models were trained on: a sentence that ends in a colon, then an empty JSON example. In between stand, only where there are any,
 * notes on what the example cannot show, and what was wrong before. Throws `INVALID_ARGUMENT` when the schema's root is neither an object nor an array.
 */
export function structuredPrompt({ prompt, schema, issues = [], layout = 'line' }: StructuredPromptOptions): string {
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
  const question = prompt.trim();
  const isInstruction = /json/i.test(question);
  const isEmpty = isOpenObject || Object.keys(skeleton as object).length === 0;
  const example =
    isEmpty || endsWithExample(question) ? undefined : layout === 'line' ? onOneLine(skeleton) : JSON.stringify(skeleton, null, 2);
  return [
    ...(isInstruction || question === '' ? [] : [question]),
    ...notes,
    ...(allowsNull ? ['Use null for what is not visible.'] : []),
    ...correctionLines(issues),
    isInstruction ? question : `${instruction}${example === undefined ? '.' : ':'}`,
    ...(example === undefined ? [] : [example]),
  ].join('\n');
}

/** `total: must be number`; the root has no name. */
export function describeIssue({ path, message }: OutputIssue): string {
  const name = path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '');
  const line = (name === '' ? message : `${name}: ${message}`).replace(/\s+/g, ' ');
  return line.length > maxIssueLength ? `${line.slice(0, maxIssueLength - 1)}…` : line;
}

function correctionLines(issues: readonly OutputIssue[]): readonly string[] {
  if (issues.length === 0) return [];
  return ['An earlier answer was wrong:', ...issues.slice(0, maxIssues).map((issue) => `- ${describeIssue(issue)}`), 'Correct this.'];
}

function endsWithExample(question: string): boolean {
  return (question.endsWith('}') && question.includes('{')) || (question.endsWith(']') && question.includes('['));
}

/** As Python's `json.dumps` writes it, which is what the training data has: a space after each colon and comma. */
function onOneLine(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${onOneLine(entry as JsonValue)}`);
  return `{${entries.join(', ')}}`;
}
