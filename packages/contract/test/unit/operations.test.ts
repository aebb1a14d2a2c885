import { expect, it } from 'vitest';
import { askRequest, extractRequest, operations, readRequest } from '../../src/operations.ts';
import type { OutputSchema } from '../../src/output-schema.ts';

const images = ['page.png'];

it('asks for a transcription with its own instruction and limit, and ends runs of blanks', () => {
  expect(readRequest({ images })).toEqual({
    images,
    prompt: operations.read.instruction,
    maxOutputTokens: operations.read.maxOutputTokens,
    endBlankRuns: true,
  });
});

it('lets the caller decide otherwise', () => {
  expect(readRequest({ images, instruction: 'Read it.', maxOutputTokens: 5, endBlankRuns: false, tiles: 1 })).toEqual({
    images,
    prompt: 'Read it.',
    maxOutputTokens: 5,
    endBlankRuns: false,
    tiles: 1,
  });
});

it('leaves blanks in answers alone', () => {
  const schema = {} as OutputSchema<unknown>;
  expect(askRequest({ images, question: 'What?' })).toEqual({ images, prompt: 'What?', maxOutputTokens: operations.ask.maxOutputTokens });
  expect(extractRequest({ images, schema })).toEqual({
    images,
    schema,
    prompt: '',
    maxOutputTokens: operations.extract.maxOutputTokens,
  });
});
