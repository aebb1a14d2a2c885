import { cpuForm, type GraphForm, type ModelForm } from '../model-files/manifest.ts';
import { listCpuFeatures } from '../runtime/cpu-features.ts';
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
 * Tokens that one run reads of a prompt. On the CPU more than 128 gain nothing and take memory, but where it computes with 512 bits at once: putting a run's
 * weights and keys in order takes a larger share there, and 256 take a tenth less time a token. On a GPU chunks of 256 are four times slower than the prompt
 * in one run. Attention that is written out keeps all scores of a run in memory. The logits are the same, whatever the size of the runs.
 */
export function chunkTokensFor({ device, attention }: GraphForm, cpuFeatures: readonly string[] = listCpuFeatures()): number {
  if (device === 'cpu') return cpuFeatures.includes('avx512f') ? 256 : 128;
  return attention === 'written-out' ? 128 : 4096;
}
