/**
 * Why the system refused, as the end of a sentence: "no such file or directory (ENOENT)". Node's own message repeats the path, which the sentence has named, and
 * the name of a system call.
 */
export function describeSystemError(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  const [, code, reason] = /^([A-Z][A-Z0-9_]*): (.+?), [a-z]+(?: '.*)?$/s.exec(message) ?? [];
  return code === undefined || reason === undefined ? message : `${reason} (${code})`;
}
