/** One thing that was looked at. */
export interface Finding {
  /** `problem`: something does not work. `warning`: it works, but not as well as it could. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was looked at, in a word or two. */
  readonly topic: string;
  /** What was found, as a sentence. */
  readonly message: string;
  /** The next move; with everything that is not ok. */
  readonly next?: string;
}

export const ok = (topic: string, message: string): Finding => ({ level: 'ok', topic, message });
export const warning = (topic: string, message: string, next: string): Finding => ({ level: 'warning', topic, message, next });
export const problem = (topic: string, message: string, next: string): Finding => ({ level: 'problem', topic, message, next });

/** Bytes for people, in powers of 1000. */
export function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
