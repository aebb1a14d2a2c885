export { abortable } from './abortable.ts';
export {
  CheckpointError,
  ContextOverflowError,
  OutputInvalidError,
  type OutputIssue,
  VisionError,
  type VisionErrorCode,
  type VisionErrorOptions,
} from './errors.ts';
export { type LinkedSignal, linkSignal } from './link-signal.ts';
export type { LoadProgress } from './load-progress.ts';
