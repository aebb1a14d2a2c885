import type { ModelConfig } from '../model-files/model-config.ts';

/** Name -> shape of every tensor that a checkpoint with this configuration holds; nothing more and nothing less. */
export function tensorShapes({ vision, projector, language }: ModelConfig): Map<string, readonly number[]> {
  const shapes: [string, readonly number[]][] = [
    ...visionShapes(vision),
    ['mlp1.0.weight', [projector.inputSize]],
    ['mlp1.0.bias', [projector.inputSize]],
    ['mlp1.1.weight', [language.hiddenSize, projector.inputSize]],
    ['mlp1.1.bias', [language.hiddenSize]],
    ['mlp1.3.weight', [language.hiddenSize, language.hiddenSize]],
    ['mlp1.3.bias', [language.hiddenSize]],
    ...languageShapes(language),
  ];
  return new Map(shapes);
}

function visionShapes(vision: ModelConfig['vision']): [string, readonly number[]][] {
  const { hiddenSize: size, intermediateSize: inner, patchSizePx: patch } = vision;
  const positions = (vision.imageSizePx / patch) ** 2 + 1; // the first belongs to the class token
  const shapes: [string, readonly number[]][] = [
    ['vision_model.embeddings.class_embedding', [1, 1, size]],
    ['vision_model.embeddings.patch_embedding.weight', [size, vision.channels, patch, patch]],
    ['vision_model.embeddings.patch_embedding.bias', [size]],
    ['vision_model.embeddings.position_embedding', [1, positions, size]],
  ];
  for (let layer = 0; layer < vision.layers; layer += 1) {
    const block: Record<string, readonly number[]> = {
      'norm1.weight': [size],
      'norm1.bias': [size],
      'norm2.weight': [size],
      'norm2.bias': [size],
      'attn.qkv.weight': [3 * size, size],
      'attn.qkv.bias': [3 * size],
      'attn.proj.weight': [size, size],
      'attn.proj.bias': [size],
      'mlp.fc1.weight': [inner, size],
      'mlp.fc1.bias': [inner],
      'mlp.fc2.weight': [size, inner],
      'mlp.fc2.bias': [size],
      ls1: [size],
      ls2: [size],
    };
    for (const [name, shape] of Object.entries(block)) shapes.push([`vision_model.encoder.layers.${layer}.${name}`, shape]);
  }
  return shapes;
}

function languageShapes(language: ModelConfig['language']): [string, readonly number[]][] {
  const { hiddenSize: size, intermediateSize: inner, heads, keyValueHeads, headSize } = language;
  const shapes: [string, readonly number[]][] = [['language_model.model.embed_tokens.weight', [language.vocabularySize, size]]];
  for (let layer = 0; layer < language.layers; layer += 1) {
    const block: Record<string, readonly number[]> = {
      'input_layernorm.weight': [size],
      'self_attn.q_proj.weight': [heads * headSize, size],
      'self_attn.k_proj.weight': [keyValueHeads * headSize, size],
      'self_attn.v_proj.weight': [keyValueHeads * headSize, size],
      'self_attn.o_proj.weight': [size, heads * headSize],
      'post_attention_layernorm.weight': [size],
      'mlp.gate_proj.weight': [inner, size],
      'mlp.up_proj.weight': [inner, size],
      'mlp.down_proj.weight': [size, inner],
    };
    for (const [name, shape] of Object.entries(block)) shapes.push([`language_model.model.layers.${layer}.${name}`, shape]);
  }
  shapes.push(['language_model.model.norm.weight', [size]]);
  if (!language.tiedHead) shapes.push(['language_model.lm_head.weight', [language.vocabularySize, size]]);
  return shapes;
}
