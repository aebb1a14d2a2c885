import {
  endVerdict,
  type FinishReason,
  type PageError,
  type PageLines,
  type PageVerdict,
  type TextLayer,
  type VerdictKind,
} from '@h2ovl/contract';

/** A verdict of the first attempt. */
export function verdictOf(kind: VerdictKind, ...reasons: readonly string[]): PageVerdict {
  return { kind, reasons, attempts: [] };
}

/** The same with a reason more, if there is one. */
export function addReason(verdict: PageVerdict, reason: string | undefined): PageVerdict {
  return reason === undefined ? verdict : { ...verdict, reasons: [...verdict.reasons, reason] };
}

/** Of a page that has no result: an answer that was cut before it was complete says so. */
export function failureVerdict({ message, output }: PageError): PageVerdict {
  const { kind } = endVerdict(output?.finishReason);
  return verdictOf(kind === 'ok' ? 'failed' : kind, message);
}

/** Of a model's answer, beside what the line reader saw of the page, if it looked. */
export function answerVerdict(text: string, finishReason: FinishReason, lines?: PageLines): PageVerdict {
  const end = endVerdict(finishReason);
  if (end.kind !== 'ok') return end;
  const seen = lines === undefined ? undefined : linesVerdict(lines);
  if (text.trim() === '') {
    if (seen === undefined) return verdictOf('ok', 'The answer is empty.');
    return { ...seen, reasons: ['The answer is empty.', ...seen.reasons] };
  }
  if (seen === undefined || seen.kind === 'ok') return verdictOf('ok');
  return verdictOf('ok', ...seen.reasons.map((reason) => `${reason} The text stands on the model's word alone.`));
}

/** Of what the line reader saw. Only a page that was searched to its end is called blank. */
export function linesVerdict({ lines, unreadable, warnings }: PageLines): PageVerdict {
  if (lines.some(({ text }) => /[\p{L}\p{N}]/u.test(text))) return verdictOf('ok');
  const places = lines.length + unreadable; // a blot is read as a dash, a ring as a dot: signs alone say nothing
  if (places > 0) {
    const which = places === 1 ? 'One place looks' : `${places} places look`;
    return verdictOf('unreadable', `${which} like text, and the line reader can read none of it.`);
  }
  if (warnings.length > 0) return verdictOf('unreadable', 'The line reader found no text, but did not see all of the page.', ...warnings);
  return verdictOf('blank', 'No place on the page looks like text.');
}

/** Text that tells what stands on the page several times; undefined where the line reader saw too little of it. */
export function pageTextOf(lines: PageLines | undefined): string | undefined {
  if (lines === undefined || lines.lines.length === 0 || lines.warnings.length > 0) return undefined;
  return lines.unreadable <= lines.lines.length * mostUnreadable ? lines.text : undefined;
}

/** Share of places that could not be read beside those that could, beyond which the line reader is no judge of what repeats. */
const mostUnreadable = 0.2;

/** Of what the file itself says; nobody looked at the page. */
export function layerVerdict(layer: TextLayer | undefined, reason: string): PageVerdict {
  if (layer?.health === 'healthy') return verdictOf('ok');
  if (layer?.health === 'broken') return verdictOf('ok', `The text may be wrong: ${reason}.`);
  return verdictOf('unreadable', `No text: ${reason}. The page itself was not looked at.`);
}
