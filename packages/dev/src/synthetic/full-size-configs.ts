interface LanguageNumbers {
  readonly model_type: 'llama' | 'mistral';
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly rope_theta: number;
}

const languages: Readonly<Record<'0.8b' | '2b', LanguageNumbers>> = {
  '0.8b': {
    model_type: 'llama',
    hidden_size: 1536,
    intermediate_size: 4096,
    num_hidden_layers: 16,
    num_attention_heads: 16,
    rope_theta: 100_000,
  },
  '2b': {
    model_type: 'mistral',
    hidden_size: 2560,
    intermediate_size: 6912,
    num_hidden_layers: 24,
    num_attention_heads: 32,
    rope_theta: 10_000,
  },
};

/** A config.json with the shapes of a published model, for synthetic weights of full size: speed and memory are real, answers are not. */
export function fullSizeConfig(model: '0.8b' | '2b'): Readonly<Record<string, unknown>> {
  return {
    architectures: ['H2OVLChatModel'],
    model_type: 'h2ovl_chat',
    downsample_ratio: 0.5,
    dynamic_image_size: true,
    force_image_size: 448,
    max_dynamic_patch: 6,
    min_dynamic_patch: 1,
    pad2square: false,
    ps_version: 'v2',
    select_layer: -1,
    template: 'h2ogpt2',
    use_backbone_lora: 0,
    use_llm_lora: 0,
    use_thumbnail: true,
    use_msac: model === '2b',
    llm_config: {
      ...languages[model],
      attention_bias: false,
      bos_token_id: 1,
      eos_token_id: 2,
      hidden_act: 'silu',
      max_position_embeddings: 8192,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-5,
      rope_scaling: null,
      sliding_window: null,
      tie_word_embeddings: false,
      vocab_size: 32_010,
    },
    // InternViT-300M-448px, the same in both.
    vision_config: {
      model_type: 'intern_vit_6b',
      hidden_act: 'gelu',
      hidden_size: 1024,
      image_size: 448,
      intermediate_size: 4096,
      layer_norm_eps: 1e-6,
      norm_type: 'layer_norm',
      num_attention_heads: 16,
      num_channels: 3,
      num_hidden_layers: 24,
      patch_size: 14,
      qk_normalization: false,
      qkv_bias: true,
    },
  };
}
