/** Whether a code holds together; undefined where its kind is not known. */
export interface CodeVerdict {
  readonly passes: boolean | undefined;
  /** A sentence without its end. */
  readonly reason: string;
}
