import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readModelConfig } from '../../../src/model-files/model-config.ts';

const reference = new URL('../../golden/reference/mini-800m.json', import.meta.url);

describe('readModelConfig', () => {
  let directory: string;
  let config: Record<string, unknown> & { llm_config: Record<string, unknown>; vision_config: Record<string, unknown> };

  const write = (name: string, value: unknown): Promise<void> =>
    writeFile(join(directory, name), typeof value === 'string' ? value : JSON.stringify(value));
  const read = async () => {
    await write('config.json', config);
    return readModelConfig(directory);
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'h2ovl-config-'));
    config = JSON.parse(await readFile(reference, 'utf8')).config;
    await write('added_tokens.json', { '<img>': 640, '</img>': 641, '<IMG_CONTEXT>': 642, '<|end|>': 649 });
    await write('tokenizer_config.json', { eos_token: '<|end|>' });
    await write('generation_config.json', { eos_token_id: [2, 649] });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('takes every size from the files', async () => {
    const { language, vision, image, projector } = await read();
    expect(language).toMatchObject({ hiddenSize: 384, heads: 4, keyValueHeads: 2, headSize: 96, contextLength: 8192, ropeTheta: 100_000 });
    expect(vision).toMatchObject({ hiddenSize: 128, layers: 3, usedLayers: 3, epsilon: 1e-6 });
    expect(image).toMatchObject({ tileSizePx: 448, tokensPerTile: 256, minTiles: 1, maxTiles: 6, useMsac: false });
    expect(projector).toEqual({ inputSize: 512, epsilon: 1e-5 });
  });

  it('ends at every token that any of the files calls the end', async () => {
    await write('generation_config.json', { eos_token_id: 5 });
    await write('special_tokens_map.json', { eos_token: { content: '<img>' } });
    expect((await read()).endTokenIds).toEqual([2, 5, 640, 649]);
  });

  it('reads added tokens from tokenizer_config.json when added_tokens.json is not there, and leaves <s> to plain text', async () => {
    await rm(join(directory, 'added_tokens.json'));
    const contents = { 1: '<s>', 640: '<img>', 641: '</img>', 642: '<IMG_CONTEXT>', 649: '<|end|>' };
    const decoder = Object.fromEntries(Object.entries(contents).map(([id, content]) => [id, { content }]));
    await write('tokenizer_config.json', { added_tokens_decoder: decoder });
    expect((await read()).addedTokens).toEqual({ '<img>': 640, '</img>': 641, '<IMG_CONTEXT>': 642, '<|end|>': 649 });
  });

  it('finds rope theta where newer configurations keep it', async () => {
    config.llm_config = { ...config.llm_config, rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 500 } };
    expect((await read()).language.ropeTheta).toBe(500);
  });

  it('knows how the model was taught to be shown JSON: by its vocabulary, or as the checkpoint says', async () => {
    expect((await read()).jsonLayout).toBe('line');
    config.llm_config.vocab_size = 32_010;
    expect((await read()).jsonLayout).toBe('indent-2');
    config.json_layout = 'indent-4';
    expect((await read()).jsonLayout).toBe('indent-4');
    config.json_layout = 'indent-3';
    await expect(read()).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT' });
  });

  it('prefers a stated head size to the quotient', async () => {
    config.llm_config.head_dim = 64;
    expect((await read()).language.headSize).toBe(64);
  });

  it('runs fewer vision layers when an earlier one is selected', async () => {
    config.select_layer = -2;
    expect((await read()).vision.usedLayers).toBe(2);
  });

  it.each([
    ['model_type', 'internvl_chat'],
    ['architectures', ['Qwen2VLForConditionalGeneration']],
    ['ps_version', 'v1'],
    ['ps_version', undefined],
    ['template', 'internlm2-chat'],
    ['select_layer', -5],
    ['pad2square', true],
    ['dynamic_image_size', false],
    ['use_llm_lora', 16],
    ['force_image_size', 224],
    ['quantization_config', { bits: 4 }],
    ['vision_config.norm_type', 'rms_norm'],
    ['vision_config.qk_normalization', true],
    ['vision_config.hidden_act', 'gelu_pytorch_tanh'],
    ['llm_config.model_type', 'qwen2'],
    ['llm_config.rope_scaling', { type: 'linear', factor: 2 }],
    ['llm_config.sliding_window', 4096],
    ['llm_config.attention_bias', true],
    ['llm_config.hidden_act', 'gelu'],
    ['llm_config.head_dim', 40],
  ])('refuses %s %j, naming both', async (field, value) => {
    const [part, key] = field.split('.') as [string, string | undefined];
    if (key === undefined) config[part] = value;
    else (config[part] as Record<string, unknown>)[key] = value;
    const shown = value === undefined ? '"v1"' : JSON.stringify(value);
    await expect(read()).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED', message: expect.stringContaining(`${field} is ${shown}`) });
  });

  it('refuses a file that is missing, not JSON, or has a value of the wrong type', async () => {
    await expect(readModelConfig(directory)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND', file: join(directory, 'config.json') });
    await write('config.json', '{"model_type": ');
    await expect(readModelConfig(directory)).rejects.toMatchObject({
      code: 'MODEL_FILE_CORRUPT',
      message: expect.stringContaining('not JSON'),
    });
    config.llm_config.hidden_size = '384';
    await expect(read()).rejects.toMatchObject({ code: 'MODEL_FILE_CORRUPT', message: expect.stringContaining('llm_config.hidden_size') });
  });

  it('refuses added tokens that contradict each other, are missing or outside the vocabulary', async () => {
    await write('tokenizer_config.json', { added_tokens_decoder: { 645: { content: '<img>' } } });
    await expect(read()).rejects.toThrow('gives <img> the id 640, tokenizer_config.json 645');
    await write('tokenizer_config.json', {});
    await write('added_tokens.json', { '<img>': 640, '</img>': 641, '<|end|>': 649 });
    await expect(read()).rejects.toThrow('do not define <IMG_CONTEXT>');
    await write('added_tokens.json', { '<img>': 650 });
    await expect(read()).rejects.toThrow('has the id 650; the model knows ids below 650');
  });
});
