import { cpuForm, type GraphForm, type ModelForm } from '../model-files/manifest.ts';
import type { DeviceAbilities } from '../runtime/device-check.ts';

/** The form of the graphs that suits a device; `exact` keeps to float32. */
export function graphFormFor(abilities: DeviceAbilities | undefined, exact: boolean): GraphForm {
  if (abilities === undefined) return cpuForm;
  return {
    device: 'webgpu',
    values: abilities.float16 && !exact ? 'float16' : 'float32',
    attention: abilities.fusedAttention ? 'fused' : 'written-out',
  };
}

/** The forms for the device of the language part and for that of the vision part, where it is another one. */
export function modelFormFor(
  {
    abilities,
    vision,
  }: { readonly abilities: DeviceAbilities | undefined; readonly vision?: { readonly abilities: DeviceAbilities | undefined } | undefined },
  exact: boolean,
): ModelForm {
  return { ...graphFormFor(abilities, exact), ...(vision && { vision: graphFormFor(vision.abilities, exact) }) };
}

/**
 * Tokens that one run reads of a prompt. On the CPU more gains nothing and takes memory; on a GPU chunks of 256 are four times slower than the prompt
 * in one run. Attention that is written out keeps all scores of a run in memory.
 */
export function chunkTokensFor({ device, attention }: GraphForm): number {
  if (device === 'cpu' || attention === 'written-out') return 128;
  return 4096;
}
