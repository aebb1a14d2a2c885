import { extractRequest, jsonSchema, type ModelWork, type Page, type PageLines, type PagePoint, type SecondReading } from '@h2ovl/contract';
import { cropPage } from '../../documents/derived/crop-page.ts';
import type { JsonSchema } from '../../json/copy-schema.ts';
import { boundsOf } from '../../lines/geometry.ts';
import type { Region } from '../../tiles/raster.ts';
import { type ExtractedValue, schemaOf } from '../evidence/list-values.ts';
import { describeWork, generate, type PageModel } from '../page-model.ts';
import type { PageTime } from '../verdicts/page-time.ts';

/** Tokens of one value; the longest are addresses. */
const mostTokens = 256;

/** What one more look at a part of a page found. */
export interface SecondLook {
  readonly second: Omit<SecondReading, 'isTaken'>;
  readonly work: ModelWork;
}

/** A page as the model was shown it, and where a point of the page as it was given stands there. */
export interface ShownAs {
  readonly page: Page;
  readonly place: (point: PagePoint) => PagePoint;
}

export interface SecondLookOptions {
  readonly shown: ShownAs;
  readonly model: PageModel;
  readonly schema: JsonSchema;
  /** The answer ends with the page's time. */
  readonly time: Pick<PageTime, 'answerBudgetMs' | 'count'>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Asks the model for one value, and shows it the part of the page where that ought to stand and nothing else, upright as it saw the page.
 * @param region of the page as it was given, in pixels of `lines`
 * @throws what the model throws; OUTPUT_INVALID where its answer is cut
 */
export async function lookAgain(
  page: Page,
  lines: PageLines,
  value: ExtractedValue,
  region: Region,
  { shown, model, schema, time, signal }: SecondLookOptions,
): Promise<SecondLook> {
  const name = String(value.keys.findLast((key) => typeof key === 'string') ?? 'value');
  const request = extractRequest<unknown>({
    images: [cropPage(shown.page, placeRegion(scaleTo(page, lines, region), shown))],
    schema: jsonSchema(schemaOfValue(schema, value, name)),
    maxOutputTokens: mostTokens,
    ...(signal && { signal }),
  });
  const result = await generate(model, { ...request, budgetMs: time.answerBudgetMs }, () => {});
  time.count(result);
  const found = (result.object as Readonly<Record<string, unknown>> | undefined)?.[name];
  return { second: { path: value.path, region, value: found ?? null }, work: describeWork(result, undefined) };
}

/** An object of this one value, with all definitions of the whole schema; null where the crop does not show it. */
function schemaOfValue(schema: JsonSchema, { keys }: ExtractedValue, name: string): JsonSchema {
  const node = keys.reduce<unknown>((at, key) => schemaOf(schema, at, key), schema) ?? {};
  const { $defs, definitions, $schema } = schema;
  return {
    ...($schema !== undefined && { $schema }),
    type: 'object',
    properties: { [name]: node },
    required: [name],
    additionalProperties: false,
    ...($defs !== undefined && { $defs }),
    ...(definitions !== undefined && { definitions }),
  };
}

/** What holds a part of the page given, on the page that was set upright; that lies at a slant to it where it was straightened. */
function placeRegion({ left, top, width, height }: Region, { page: { size }, place }: ShownAs): Region {
  const corners = [
    place([left, top]),
    place([left + width, top]),
    place([left + width, top + height]),
    place([left, top + height]),
  ] as const;
  const { left: from, right, top: above, bottom } = boundsOf(corners);
  const [x, y] = [Math.max(0, Math.min(size.width - 1, Math.floor(from))), Math.max(0, Math.min(size.height - 1, Math.floor(above)))];
  return {
    left: x,
    top: y,
    width: Math.max(1, Math.min(size.width, Math.ceil(right)) - x),
    height: Math.max(1, Math.min(size.height, Math.ceil(bottom)) - y),
  };
}

/** Lines are in the pixels that the page was rendered at for them, which are those of its size. */
function scaleTo({ size }: Page, { width, height }: PageLines, region: Region): Region {
  if (size.width === width && size.height === height) return region;
  const [x, y] = [size.width / width, size.height / height];
  const [left, top] = [Math.floor(region.left * x), Math.floor(region.top * y)];
  return {
    left,
    top,
    width: Math.max(1, Math.min(size.width - left, Math.ceil(region.width * x))),
    height: Math.max(1, Math.min(size.height - top, Math.ceil(region.height * y))),
  };
}
