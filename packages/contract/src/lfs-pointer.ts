const beginning = 'version https://git-lfs.github.com/spec/';

/** Bytes that a pointer of Git LFS may have; they have about 130. */
export const maxLfsPointerBytes = 1024;

/** What to do about one. */
export const lfsPointerHint = 'Run "git lfs pull" in the repository it came from.';

/** Whether a file's text is what a clone without Git LFS leaves in its place: a few lines about the real file, which a reader of its format takes for damage. */
export function isLfsPointer(text: string): boolean {
  return text.startsWith(beginning);
}
