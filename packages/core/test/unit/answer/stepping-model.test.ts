import { type GenerateOptions, type GenerateResult, type GenerationEvent, GenerationStream } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { type SteppableModel, SteppingModel } from '../../../src/answer/stepping-model.ts';
import { BrokenNumbersError, DeviceError } from '../../../src/runtime/device-error.ts';

/** A model that notes what it is asked, and answers or fails. */
function standIn(asked: GenerateOptions<unknown>[], failure?: Error): SteppableModel {
  const never = (): never => {
    throw new Error('It is not asked for this.');
  };
  return {
    ...{ id: 'stand-in', info: never, generate: never, stream: never, countTokens: never },
    streamOwn: <T = undefined>(own: GenerateOptions<T>) => {
      asked.push(own as GenerateOptions<unknown>);
      return new GenerationStream<T>(async function* (): AsyncGenerator<GenerationEvent<T>, void> {
        if (failure !== undefined) throw failure;
        yield { type: 'finish', result: { text: 'read' } as GenerateResult<T> };
      }, own.signal);
    },
    dispose: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

const deviceLost = (isOfVision = false): DeviceError => Object.assign(new DeviceError('The device was lost.', {}), { isOfVision });

test('of two devices the one that failed is named, and the next takes the place of a GPU alone', async () => {
  const ask = async (failure: Error, isSplit: boolean): Promise<readonly string[]> => {
    const told: string[] = [];
    const openNext = async (reason: string): Promise<SteppableModel> => {
      told.push(reason);
      return standIn([]);
    };
    await using model = new SteppingModel(standIn([], failure), openNext, isSplit);
    const { text } = await model.generate({ prompt: 'Read it' }).catch((error: Error) => ({ text: error.message }));
    return [...told, text];
  };
  const gpu = 'The CPU computes, since the GPU failed while an answer was made: The device was lost.';
  expect(await ask(deviceLost(), false)).toEqual([gpu, 'read']);
  expect(await ask(deviceLost(true), true)).toEqual([gpu, 'read']);
  expect(await ask(deviceLost(), true)).toEqual(['The device was lost.']);
  const numbers = 'The CPU computes, since the GPU or the CPU failed while an answer was made: NaN.';
  expect(await ask(new BrokenNumbersError('NaN.', {}), true)).toEqual([numbers, 'read']);
});

test('a picture is copied once, before the caller can change it, for the first device and for the next', async () => {
  const asked: GenerateOptions<unknown>[] = [];
  const model = new SteppingModel(standIn(asked, deviceLost()), async () => standIn(asked));
  const picture = Uint8Array.of(1, 2, 3);
  const answer = model.generate({ prompt: 'Read it', images: [picture] });
  picture.fill(0);
  expect((await answer).text).toBe('read');
  const [first, second] = asked.map(({ images }) => images?.[0]);
  expect(first).toEqual(Uint8Array.of(1, 2, 3));
  expect(second).toBe(first);
  await model.dispose();
});
