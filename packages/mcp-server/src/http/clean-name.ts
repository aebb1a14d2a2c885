const maxNameLength = 100;

/** The name of a document as a client wrote it, on one line and without what no line shows: it stands in messages and in answers. */
export function cleanName(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '').trim();
  return clean === '' ? 'document' : [...clean].slice(0, maxNameLength).join('');
}
