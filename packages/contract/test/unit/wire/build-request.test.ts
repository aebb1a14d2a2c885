import { describe, expect, it } from 'vitest';
import type { AnswerBounds, ImageOptions, SamplingOptions } from '../../../src/index.ts';
import { buildRequest } from '../../../src/wire/index.ts';

describe('buildRequest', () => {
  it('writes a bare prompt as one user turn and leaves everything else to the server', () => {
    expect(buildRequest({ model: 'nano', prompt: 'Hello' })).toEqual({ model: 'nano', messages: [{ role: 'user', content: 'Hello' }] });
  });

  it('puts pictures before the text and the system message first', () => {
    expect(buildRequest({ model: 'nano', prompt: 'Compare.', images: ['data:a', 'https://b'], system: 'Be brief.' }).messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:a' } },
          { type: 'image_url', image_url: { url: 'https://b' } },
          { type: 'text', text: 'Compare.' },
        ],
      },
    ]);
  });

  it('keeps the order of parts and turns in the full form', () => {
    const messages = buildRequest({
      model: 'nano',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Left' },
            { type: 'image', url: 'data:a' },
            { type: 'text', text: 'right' },
          ],
        },
        { role: 'assistant', content: 'Yes.' },
        { role: 'user', content: 'Why?' },
      ],
    }).messages;
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Left' },
          { type: 'image_url', image_url: { url: 'data:a' } },
          { type: 'text', text: 'right' },
        ],
      },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Why?' },
    ]);
  });

  it('writes every option under its name on the wire, zeros included', () => {
    const { messages: _, ...settings } = buildRequest({
      model: 'nano',
      prompt: '',
      maxOutputTokens: 10,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 0,
      repetitionPenalty: 1.1,
      stopSequences: ['END'],
      endBlankRuns: true,
      endLoops: false,
      budgetMs: 5,
      pageText: 'x',
      drafts: 'off',
      draftText: 'y',
      tiles: 1,
      output: { type: 'object' },
      stream: true,
    });
    expect(settings).toEqual({
      model: 'nano',
      max_completion_tokens: 10,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      seed: 0,
      repetition_penalty: 1.1,
      stop: ['END'],
      end_blank_runs: true,
      end_loops: false,
      budget_ms: 5,
      page_text: 'x',
      drafts: 'off',
      prediction: { type: 'content', content: 'y' },
      tiles: 1,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' }, strict: true } },
      stream: true,
      stream_options: { include_usage: true, include_progress: true },
    });
  });

  it('leaves out an empty list of stop sequences and asks for any JSON object when told so', () => {
    const body = buildRequest({ model: 'nano', prompt: '', stopSequences: [], output: 'json-object' });
    expect(body.stop).toBeUndefined();
    expect(body.response_format).toEqual({ type: 'json_object' });
  });
});

it('carries every option that concerns the answer', () => {
  const samples: Readonly<Record<keyof SamplingOptions | keyof ImageOptions | keyof AnswerBounds, unknown>> = {
    maxOutputTokens: 5,
    temperature: 0.5,
    topP: 0.5,
    topK: 5,
    seed: 5,
    repetitionPenalty: 1.5,
    stopSequences: ['x'],
    endBlankRuns: true,
    endLoops: false,
    budgetMs: 5,
    pageText: 'x',
    drafts: 'off',
    draftText: 'x',
    tiles: 'auto',
  };
  const plain = buildRequest({ model: 'nano', prompt: 'Read.' });
  for (const [name, value] of Object.entries(samples)) {
    expect([name, buildRequest({ model: 'nano', prompt: 'Read.', [name]: value })]).not.toEqual([name, plain]);
  }
});
