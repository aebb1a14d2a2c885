export { type ConvertOptions, type ConvertReport, convertCheckpoint } from './convert-checkpoint.ts';
export { type EnsuredModel, type EnsureOptions, ensureConverted } from './ensure-converted.ts';
export type { GroupError } from './quantize/error-report.ts';
export { defaultPrecision, type PartFormats, type Precision, type PrecisionName } from './quantize/plan.ts';
