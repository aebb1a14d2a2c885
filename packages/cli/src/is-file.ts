import { statSync } from 'node:fs';

/** Whether a word of the arguments is in truth a file (or a pipe). */
export function isFile(path: string): boolean {
  try {
    const found = statSync(path);
    return found.isFile() || found.isFIFO();
  } catch {
    return false; // a sentence with a question mark in it, as a rule
  }
}
