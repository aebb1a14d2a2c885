import type { HiddenReason, HiddenText, TextLayer } from '@h2ovl/contract';
import { looksLikeSoup } from './glyph-soup.ts';
import type { LayerFacts, PageText } from './page-text.ts';

/** Characters without a trustworthy Unicode value, beyond which the rest is not believed. */
const maxUnmappedShare = 0.05;
/** A page covered by pictures this far is a scan, or a slide with a background. */
const pictureShare = 0.5;
/** A stamp, a page number or a header on a scan has fewer characters; a slide's text has more. */
const minTextOverPicture = 250;
/** Marks that no text explains: letters as outlines, handwriting. */
const maxUnexplainedInk = 0.5;
/** Pictures that take less are logos. */
const notedPictureShare = 0.1;

const hiddenWords: Readonly<Record<HiddenReason, string>> = {
  invisible: 'set to be invisible',
  'same-color': 'in the color of its ground',
  covered: 'covered or clipped',
  'off-page': 'outside the page',
  tiny: 'too small to read',
};

/** Decides whether what a file says about a page is what stands on it. */
export function judgeLayer({ lines, hidden, facts }: PageText): TextLayer {
  const text = lines.map((line) => line.text).join('\n');
  const reason = findFault(text, hidden, facts);
  const health = text.trim() === '' ? 'missing' : reason === undefined ? 'healthy' : 'broken';
  return { lines, text, hidden, health, reason, warnings: listWarnings(hidden, facts) };
}

function findFault(text: string, hidden: readonly HiddenText[], facts: LayerFacts): string | undefined {
  const { characters, unmapped } = facts;
  if (text.trim() === '') return hidden.length > 0 ? 'all of its text is hidden from view, as in scans made searchable' : 'it has no text';
  if (facts.isCut) return 'it goes on beyond what is read of a page';
  if (unmapped > maxUnmappedShare * (characters + unmapped)) return `${unmapped} of its ${characters} characters have no letters assigned`;
  if (looksLikeSoup(text)) return 'its characters make no words';
  if (facts.pictureShare >= pictureShare && characters < minTextOverPicture) return 'most of the page is a picture';
  if (facts.marks > 0) return `${countOf(facts.marks, 'mark was', 'marks were')} drawn over the page that it does not hold`;
  if (facts.unexplainedInk > maxUnexplainedInk) return 'most of what is drawn on the page is not in it';
  return undefined;
}

function listWarnings(hidden: readonly HiddenText[], facts: LayerFacts): readonly string[] {
  const warnings: string[] = [];
  if (hidden.length > 0) {
    const count = hidden.reduce((sum, run) => sum + [...run.text.replace(/\s/g, '')].length, 0);
    const why = [...new Set(hidden.map(({ reason }) => hiddenWords[reason]))].join(', ');
    warnings.push(`${countOf(count, 'character', 'characters')} that a person does not see (${why}) were left out of the text layer.`);
  }
  if (facts.withoutFont > 0) {
    warnings.push(
      `${countOf(facts.withoutFont, 'character needs', 'characters need')} a font that the file does not bring; a picture of the page lacks them.`,
    );
  }
  if (facts.pictureShare >= notedPictureShare) {
    warnings.push(`Pictures cover ${Math.round(facts.pictureShare * 100)} % of the page; text inside them is not in the text layer.`);
  }
  return warnings;
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
