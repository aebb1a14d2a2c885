import type { ReadingComparison } from '@h2ovl/core';
import type { AnswerForm } from './text-forms.ts';

/** Words that are shown before and after a difference. */
const contextWords = 3;

/** How two readings of a page differ, for people: `[-word-]` stands in the text layer only, `{+word+}` in the model's reading only. */
export function formatComparison({ agreement, diff }: ReadingComparison, form: AnswerForm): string {
  const percent = `${(agreement * 100).toFixed(1)} %`;
  const lines = [`The text layer and the model agree on ${percent} of the words.`, ...listDifferences(diff)];
  if (form === 'markdown') return `\n<!-- ${lines.join('\n').replace(/-(?=-|>)/g, '- ')} -->\n`;
  return `\n--- ${lines.join('\n')}\n`;
}

function listDifferences(diff: ReadingComparison['diff']): readonly string[] {
  const lines: string[] = [];
  let [line, isOpen] = ['', false];
  for (const [index, { side, text }] of diff.entries()) {
    if (side !== '=') {
      if (!isOpen) line = endOf(diff[index - 1]);
      isOpen = true;
      line += side === '-' ? `[-${text}-]` : `{+${text}+}`;
    } else if (isOpen) {
      lines.push(`${line} ${beginningOf(text)}`.trim());
      isOpen = false;
    }
  }
  return isOpen ? [...lines, line] : lines;
}

function endOf(part: ReadingComparison['diff'][number] | undefined): string {
  const words = part?.side === '=' ? part.text.split(' ') : [];
  return words.length === 0 ? '' : `${words.length > contextWords ? '… ' : ''}${words.slice(-contextWords).join(' ')} `;
}

function beginningOf(text: string): string {
  const words = text.split(' ');
  return `${words.slice(0, contextWords).join(' ')}${words.length > contextWords ? ' …' : ''}`;
}
