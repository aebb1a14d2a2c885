export { type SyntheticOptions, safetensorsHeader, writeSyntheticCheckpoint } from '../../src/convert/synthetic/synthetic-checkpoint.ts';
