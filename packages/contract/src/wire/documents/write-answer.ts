import type { DocumentFacts, ModelWork, PageError, PageObject, PageReading, PageResult } from '../../document.ts';
import { VisionError, type VisionErrorCode } from '../../errors.ts';
import type { LoadProgress } from '../../load-progress.ts';
import type { ImageFacts, Usage, ValueFlags, Warning } from '../../result.ts';
import { addUsage } from '../../sum-work.ts';
import { writeCertainty } from '../certainty.ts';
import type { ErrorEnvelope } from '../error-envelope.ts';
import { wireCode, writeError, writeOutput } from '../errors.ts';
import { noUsage, writeTimings } from '../generation.ts';
import { writeCheck, writeEvidence, writeSupport } from './evidence.ts';
import { writeLines } from './lines.ts';
import { writePicture } from './pictures.ts';
import type { WireDocument, WireImage, WireLoad, WirePage, WireSummary, WireUsage, WireWork } from './types.ts';
import { writeVerdict } from './verdicts.ts';

/** The result of a page, whichever operation it comes from. */
export type AnyPageResult = PageResult &
  Partial<Omit<PageReading, keyof PageResult>> &
  Partial<Pick<PageObject, 'object' | 'evidence' | 'checks' | keyof ValueFlags>>;

/** What is known of a document. */
export function writeDocument({ name, format, byteCount, pageCount, sha256, warnings }: DocumentFacts): WireDocument {
  return { name, format, byte_count: byteCount, page_count: pageCount, sha256, warnings };
}

/** The result of one page. */
export function writePage(result: AnyPageResult): WirePage {
  const { page, size, text = '', source, reason, comparison, lines, object, truncated, forced, verdict, warnings, error, work } = result;
  const { support, evidence, checks, picture } = result;
  return {
    page,
    ...(size !== undefined && { size: { width: size.width, height: size.height } }),
    text,
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
    ...(object !== undefined && { object }),
    ...(truncated !== undefined && { truncated }),
    ...(forced !== undefined && { forced }),
    ...(comparison !== undefined && { comparison }),
    ...(lines !== undefined && { lines: writeLines(lines) }),
    verdict: writeVerdict(verdict),
    ...(support !== undefined && { support: writeSupport(support) }),
    ...(evidence !== undefined && { evidence: evidence.map(writeEvidence) }),
    ...(checks !== undefined && { checks: checks.map(writeCheck) }),
    ...(picture !== undefined && { picture: writePicture(picture) }),
    warnings,
    ...(error !== undefined && { error: writePageError(error) }),
    ...(work !== undefined && { work: writeWork(work) }),
  };
}

/** What opening the model is at. */
export function writeLoad(progress: LoadProgress): WireLoad {
  const { type: step } = progress;
  if (step === 'wait') return { step, name: progress.reason, done: 0, total: 0 };
  if (step === 'session') return { step, name: progress.name, done: progress.done, total: progress.total };
  return { step, name: step === 'verify' ? progress.file : progress.item, done: progress.doneBytes, total: progress.totalBytes };
}

/** What the pages come to. */
export function writeSummary(pages: readonly AnyPageResult[], warnings: readonly Warning[]): WireSummary {
  const usage = pages.reduce((sum, { work }) => (work === undefined ? sum : addUsage(sum, work.usage)), noUsage);
  return { pages: pages.length, failed: pages.filter(({ error }) => error !== undefined).length, usage: writeWireUsage(usage), warnings };
}

function writePageError({ code, message, hint, output }: PageError): ErrorEnvelope['error'] {
  const known: VisionErrorCode = wireCode(code) ?? 'INTERNAL';
  return { ...writeError(new VisionError(known, message, { hint })).error, ...(output !== undefined && { output: writeOutput(output) }) };
}

function writeWork({ finishReason, usage, timings, images, certainty }: ModelWork): WireWork {
  return {
    finish_reason: finishReason,
    usage: writeWireUsage(usage),
    timings: writeTimings(timings),
    ...(images !== undefined && { images: images.map(writeImage) }),
    ...(certainty !== undefined && { certainty: writeCertainty(certainty) }),
  };
}

function writeImage({ widthPx, heightPx, grids, tiles, scale, scaleX, scaleY }: ImageFacts): WireImage {
  return {
    width_px: widthPx,
    height_px: heightPx,
    grids: grids.map(({ columns, rows }) => ({ columns, rows })),
    tiles,
    scale,
    ...(scaleX !== undefined && { scale_x: scaleX }),
    ...(scaleY !== undefined && { scale_y: scaleY }),
  };
}

function writeWireUsage({ inputTokens, imageTokens, outputTokens, cachedTokens, draftedTokens, acceptedTokens = 0 }: Usage): WireUsage {
  return {
    input_tokens: inputTokens,
    image_tokens: imageTokens,
    output_tokens: outputTokens,
    cached_tokens: cachedTokens,
    ...(draftedTokens !== undefined && { drafted_tokens: draftedTokens, accepted_tokens: acceptedTokens }),
  };
}
