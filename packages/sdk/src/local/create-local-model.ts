import type { VisionModelLike } from '../generation-types.ts';

/** A model in this process: the shape of a remote one, and something to close. */
export interface LocalModel extends VisionModelLike, AsyncDisposable {
  /** Stops running work, waits for it, and frees the model. Idempotent; later calls reject with code DISPOSED. */
  dispose(): Promise<void>;
}

/** What core's VisionModel is, as far as this adapter needs it. */
export interface DisposableVisionModel extends VisionModelLike {
  dispose(): Promise<void>;
}

/** The client's interface over a model of @h2ovl/core. Errors are core's own (VisionError); `code` means the same on both sides. Disposing it disposes the model. */
export function createLocalModel(model: DisposableVisionModel): LocalModel {
  return {
    id: model.id,
    generate: (options) => model.generate(options),
    stream: (options) => model.stream(options),
    dispose: () => model.dispose(),
    [Symbol.asyncDispose]: () => model.dispose(),
  };
}
