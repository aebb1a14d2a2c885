/** Multipliers of MurmurHash3's final mix, which spreads a counter over all 32 bits. */
const mixA = 0x85ebca6b;
const mixB = 0xc2b2ae35;
const goldenStep = 0x9e3779b9;

/** value = offset + scale * u with u uniform in [-1, 1), every step in float32. */
export interface ValueRule {
  readonly offset: number;
  readonly scale: number;
}

/** The rule of a tensor by its name: norms around 1, layer scale around 0.5, linear layers with variance 1 / inputs. */
export function valueRule(name: string, shape: readonly number[]): ValueRule {
  if (name.endsWith('.ls1') || name.endsWith('.ls2')) return { offset: 0.5, scale: 0.25 };
  if (name.endsWith('.bias')) return { offset: 0, scale: Math.fround(0.1) };
  if (name.includes('norm') || name === 'mlp1.0.weight') return { offset: 1, scale: 0.25 };
  if (name.endsWith('class_embedding') || name.endsWith('position_embedding')) return { offset: 0, scale: 0.5 };
  if (name.endsWith('embed_tokens.weight')) return { offset: 0, scale: 1 };
  const inputs = shape.slice(1).reduce((product, dim) => product * dim, 1);
  const gain = name.endsWith('lm_head.weight') ? 4 : 1;
  return { offset: 0, scale: Math.fround(gain * Math.sqrt(3 / inputs)) };
}

/** FNV-1a of the UTF-8 bytes: where a tensor's counter starts. */
export function tensorHash(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${seed}:${name}`, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Values `first` to `first + out.length` of a tensor as bfloat16 bits, rounded to nearest even. */
export function fillSynthetic(out: Uint16Array, first: number, start: number, { offset, scale }: ValueRule): void {
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  let counter = (Math.imul(first, goldenStep) + start) | 0;
  for (let i = 0; i < out.length; i += 1) {
    let hash = counter;
    counter = (counter + goldenStep) | 0;
    hash ^= hash >>> 16;
    hash = Math.imul(hash, mixA);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, mixB);
    hash ^= hash >>> 16;
    // The top 24 bits are a float32 without rounding; its product and sum are rounded one by one, as numpy does.
    const uniform = (hash >>> 8) / 8388608 - 1;
    value[0] = offset + Math.fround(scale * uniform);
    const word = bits[0] as number;
    out[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
}
