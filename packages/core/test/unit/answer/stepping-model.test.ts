import { type GenerateOptions, type GenerateResult, type GenerationEvent, GenerationStream } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { type SteppableModel, SteppingModel } from '../../../src/answer/stepping-model.ts';
import { DeviceError } from '../../../src/runtime/device-error.ts';

/** A model that notes what it is asked, and answers or fails. */
function standIn(asked: GenerateOptions<unknown>[], fail: boolean): SteppableModel {
  const never = (): never => {
    throw new Error('It is not asked for this.');
  };
  return {
    ...{ id: 'stand-in', info: never, generate: never, stream: never, countTokens: never },
    streamOwn: <T = undefined>(own: GenerateOptions<T>) => {
      asked.push(own as GenerateOptions<unknown>);
      return new GenerationStream<T>(async function* (): AsyncGenerator<GenerationEvent<T>, void> {
        if (fail) throw new DeviceError('The device was lost.', {});
        yield { type: 'finish', result: { text: 'read' } as GenerateResult<T> };
      }, own.signal);
    },
    dispose: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

test('a picture is copied once, before the caller can change it, for the first device and for the next', async () => {
  const asked: GenerateOptions<unknown>[] = [];
  const model = new SteppingModel(standIn(asked, true), async () => standIn(asked, false));
  const picture = Uint8Array.of(1, 2, 3);
  const answer = model.generate({ prompt: 'Read it', images: [picture] });
  picture.fill(0);
  expect((await answer).text).toBe('read');
  const [first, second] = asked.map(({ images }) => images?.[0]);
  expect(first).toEqual(Uint8Array.of(1, 2, 3));
  expect(second).toBe(first);
  await model.dispose();
});
