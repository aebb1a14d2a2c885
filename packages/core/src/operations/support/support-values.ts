import type { PageSupport, UnseenLine, ValueEvidence } from '@h2ovl/contract';
import { foldText } from '../../lines/locate/fold-text.ts';
import { haveOtherDigits } from './compare-digits.ts';

/** The values of an object beside what the line reader sees, as a reading's lines are: with the evidence of each, and the text they were read from. */
export function supportValues(evidence: readonly ValueEvidence[], values: ReadonlyMap<string, string | number>, text: string): PageSupport {
  const unseen: UnseenLine[] = [];
  let notJudged = 0;
  for (const { path, match, places } of evidence) {
    const value = values.get(path) ?? '';
    const [place] = places;
    const isOther = match === 'near' && place !== undefined && haveOtherDigits(foldText(String(value)), foldText(place.text));
    if (match === 'not-judged') notJudged += 1;
    if (match !== 'none' && !isOther) continue;
    const box = place?.boxes[0];
    const instead = isOther && place !== undefined && box !== undefined ? { instead: { text: place.text, box } } : {};
    unseen.push({ text: String(value), at: Math.max(0, text.indexOf(JSON.stringify(value))), ...instead });
  }
  const judged = evidence.length - notJudged;
  return { share: judged === 0 ? undefined : (judged - unseen.length) / judged, unseen, missing: [], notJudged };
}
