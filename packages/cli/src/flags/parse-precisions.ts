import type { Precision } from '@h2ovl/core/convert';

const formatNames = ['float32', 'float16', 'bfloat16', 'int8', 'int4'] as const;

/** "balanced,float32-int4-int8" -> precisions; undefined where a part is neither a name nor formats of vision, language and head. */
export function parsePrecisions(list: string): readonly Precision[] | undefined {
  const parsed = list.split(',').map((text) => parsePrecision(text.trim()));
  return parsed.every((precision) => precision !== undefined) ? parsed : undefined;
}

function parsePrecision(text: string): Precision | undefined {
  if (text === 'balanced' || text === 'fast') return text;
  const formats = text.split('-').map((name) => formatNames.find((format) => format === name));
  const [vision, language, head] = formats;
  return formats.length === 3 && vision && language && head ? { vision, language, head } : undefined;
}
