export { fullSizeConfig } from '../../src/convert/synthetic/full-size-configs.ts';
export { type SyntheticOptions, safetensorsHeader, writeSyntheticCheckpoint } from '../../src/convert/synthetic/synthetic-checkpoint.ts';
