/** What a long load is doing; every number is exact, never an estimate. */
export type LoadProgress =
  | { readonly type: 'verify'; readonly file: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly type: 'convert'; readonly item: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'session'; readonly name: string; readonly done: number; readonly total: number };
