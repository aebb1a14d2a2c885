/** How texts are written. */
export type AnswerForm = 'text' | 'markdown' | 'json';

/** The line before one of several texts. */
export function makeHeader(name: string, form: AnswerForm): string {
  return form === 'markdown' ? `<!-- ${asComment(name)} -->\n\n` : `==> ${name} <==\n`;
}

/** What stands in place of a page that has no text, so that nobody takes the page after it for this one. */
export function makeMissing(name: string, code: string, form: AnswerForm): string {
  return form === 'markdown' ? `<!-- ${asComment(name)} could not be read: ${code} -->\n` : `==> ${name} could not be read: ${code} <==\n`;
}

/** The text of a page. In Markdown it stands as the model wrote it, but it cannot begin a comment, in which what follows it would vanish. */
export function makeText(text: string, form: AnswerForm): string {
  return form === 'markdown' ? text.trim().replaceAll('<!--', '&lt;!--') : text.trim();
}

/** Two dashes would end a comment. */
function asComment(name: string): string {
  return name.replace(/-(?=-|>|$)/g, '- ');
}
