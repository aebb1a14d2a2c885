import { CheckpointError } from '@h2ovl/contract';
import type { RawConfig } from './config-schema.ts';

/** One condition the graphs rely on: the field, its value, and what is implemented. */
type Rule = readonly [field: string, value: unknown, isSupported: boolean, supported: string];

/**
 * Refuses a configuration that the graphs would silently compute wrongly.
 * @throws CheckpointError MODEL_UNSUPPORTED, naming the field, its value and what is supported
 */
export function checkSupported(config: RawConfig, file: string): void {
  const rules = [...modelRules(config), ...visionRules(config), ...languageRules(config)];
  const broken = rules.find(([, , isSupported]) => !isSupported);
  if (broken === undefined) return;
  const [field, value, , supported] = broken;
  throw new CheckpointError(
    'MODEL_UNSUPPORTED',
    `${file}: ${field} is ${JSON.stringify(value) ?? 'missing'}; supported: ${supported}.`,
    { file },
    { hint: 'Use an original H2OVL-Mississippi checkpoint (0.8B or 2B) or one of the same architecture.' },
  );
}

function modelRules(config: RawConfig): Rule[] {
  const { architectures, downsample_ratio: ratio } = config;
  const known = architectures.length === 0 || architectures.includes('H2OVLChatModel');
  return [
    ['model_type', config.model_type, config.model_type === 'h2ovl_chat', '"h2ovl_chat"'],
    ['architectures', architectures, known, '["H2OVLChatModel"]'],
    ['quantization_config', config.quantization_config, config.quantization_config == null, 'none'],
    ['ps_version', config.ps_version, config.ps_version === 'v2', '"v2"'],
    ['template', config.template, config.template === 'h2ogpt2', '"h2ogpt2"'],
    ['downsample_ratio', ratio, Number.isInteger(1 / ratio), '1 divided by a whole number'],
    ['dynamic_image_size', config.dynamic_image_size, config.dynamic_image_size, 'true'],
    ['max_dynamic_patch', config.max_dynamic_patch, config.max_dynamic_patch >= config.min_dynamic_patch, 'at least min_dynamic_patch'],
    ['pad2square', config.pad2square, !config.pad2square, 'false'],
    ['use_backbone_lora', config.use_backbone_lora, config.use_backbone_lora === 0, '0 (adapters merged into the weights)'],
    ['use_llm_lora', config.use_llm_lora, config.use_llm_lora === 0, '0 (adapters merged into the weights)'],
  ];
}

function visionRules(config: RawConfig): Rule[] {
  const { vision_config: vision, force_image_size: forced, select_layer: selected } = config;
  const layers = vision.num_hidden_layers;
  const used = selected < 0 ? layers + 1 + selected : selected;
  const side = vision.image_size / vision.patch_size;
  const shuffle = 1 / config.downsample_ratio;
  const heads = vision.num_attention_heads;
  return [
    ['vision_config.model_type', vision.model_type, vision.model_type === 'intern_vit_6b', '"intern_vit_6b"'],
    ['vision_config.norm_type', vision.norm_type, vision.norm_type === 'layer_norm', '"layer_norm"'],
    ['vision_config.qk_normalization', vision.qk_normalization, !vision.qk_normalization, 'false'],
    ['vision_config.qkv_bias', vision.qkv_bias, vision.qkv_bias, 'true'],
    ['vision_config.hidden_act', vision.hidden_act, vision.hidden_act === 'gelu', '"gelu"'],
    ['vision_config.num_channels', vision.num_channels, vision.num_channels === 3, '3'],
    ['vision_config.num_attention_heads', heads, vision.hidden_size % heads === 0, `a divisor of hidden_size ${vision.hidden_size}`],
    [
      'vision_config.patch_size',
      vision.patch_size,
      Number.isInteger(side / shuffle),
      'image_size / patch_size divisible by the pixel shuffle',
    ],
    ['select_layer', selected, used >= 1 && used <= layers, `a layer of the ${layers} there are`],
    ['force_image_size', forced, (forced ?? vision.image_size) === vision.image_size, `vision_config.image_size (${vision.image_size})`],
  ];
}

function languageRules({ llm_config: language }: RawConfig): Rule[] {
  const headSize = language.head_dim ?? language.hidden_size / language.num_attention_heads;
  const rope = language.rope_scaling;
  const parameters = language.rope_parameters;
  const ropeType = (value: typeof rope): string => value?.rope_type ?? value?.type ?? 'default';
  const partial = language.partial_rotary_factor ?? parameters?.partial_rotary_factor ?? 1;
  const theta = language.rope_theta ?? parameters?.rope_theta;
  const window = language.sliding_window;
  const groups = language.num_attention_heads / language.num_key_value_heads;
  return [
    ['llm_config.model_type', language.model_type, ['llama', 'mistral'].includes(language.model_type), '"llama", "mistral"'],
    ['llm_config.hidden_act', language.hidden_act, language.hidden_act === 'silu', '"silu"'],
    ['llm_config.rope_scaling', rope, ropeType(rope) === 'default', 'null'],
    ['llm_config.rope_parameters', parameters, ropeType(parameters) === 'default', 'rope_type "default"'],
    ['llm_config.rope_theta', theta, theta !== undefined, 'a number, here or in rope_parameters'],
    ['llm_config.partial_rotary_factor', partial, partial === 1, '1'],
    ['llm_config.sliding_window', window, (window ?? Number.POSITIVE_INFINITY) >= language.max_position_embeddings, 'null'],
    ['llm_config.attention_bias', language.attention_bias, !language.attention_bias, 'false'],
    ['llm_config.mlp_bias', language.mlp_bias, !language.mlp_bias, 'false'],
    ['llm_config.num_key_value_heads', language.num_key_value_heads, Number.isInteger(groups), 'a divisor of num_attention_heads'],
    // ONNX Runtime's attention kernel turns pairs in blocks of eight.
    ['llm_config.head_dim', headSize, headSize % 16 === 0, 'a multiple of 16'],
  ];
}
