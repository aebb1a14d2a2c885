import type { GenerateOptions, GenerationEvent } from '@h2ovl/contract';
import type { PageModel } from '@h2ovl/core';
import type { HeldPlace, ModelRunner, WorkEvent } from '../queue/model-runner.ts';

/** The model for one document. `leave` must be called once the document is done. */
export interface DocumentModel extends PageModel {
  /** Takes the place in line now, for work that needs the model in any case: what is refused is refused before anything is read. @throws QUEUE_FULL */
  reserve(): void;
  /** Waits for the turn, so that nothing is decoded for a caller who still waits. @throws QUEUE_FULL */
  begin(): Promise<void>;
  leave(): void;
}

/**
 * The model behind the queue, for the pages of one document: it takes a place with the first page that needs the model, since others need none, and keeps it
 * until the end, so that a document that has begun is not refused in its middle. Between two pages others have the turn. Results are kept for the next slice.
 */
export function documentModel(runner: ModelRunner, signal: AbortSignal, onEvent: (event: WorkEvent) => void): DocumentModel {
  let place: HeldPlace | undefined;
  let comeBack = (): void => {};
  let turn: Promise<void> | undefined;
  const hold = (): HeldPlace => {
    place ??= runner.hold(signal);
    return place;
  };
  const begin = async (): Promise<HeldPlace> => {
    const held = hold();
    turn ??= held.turn(onEvent);
    comeBack();
    await turn;
    return held;
  };
  return {
    id: runner.modelId,
    keeper: runner,
    info: async () => (await begin()).info(onEvent),
    async *stream(request: GenerateOptions<unknown>): AsyncGenerator<GenerationEvent<unknown>, void> {
      const held = await begin();
      const result = await held.run(request, onEvent);
      // Out of the line until the next page comes to the model: a page that is read by its text layer holds nobody up.
      turn = held.pass(onEvent, new Promise((resolve) => (comeBack = resolve)));
      turn.catch(() => {}); // whoever comes back hears of it
      yield { type: 'finish', result };
    },
    reserve: () => {
      hold();
    },
    begin: async () => {
      await begin();
    },
    leave: () => place?.leave(),
  };
}
