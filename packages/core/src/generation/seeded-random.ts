/**
 * Reproducible random numbers, uniform in [0, 1) with 53 bits: xoshiro128** (Blackman and Vigna), its state filled by splitmix32 from the
 * seed. The same seed gives the same numbers on every machine. Not for secrets.
 *
 * @param seed any safe integer, negative ones included; all 53 bits and the sign count.
 */
export function createSeededRandom(seed: number): () => number {
  const nextWord = splitMix32(seed);
  const state = new Uint32Array([nextWord(), nextWord(), nextWord(), nextWord()]);
  return () => {
    const high = nextXoshiro(state) >>> 5; // 27 bits
    const low = nextXoshiro(state) >>> 6; // 26 bits
    return (high * 0x4000000 + low) / 0x20000000000000;
  };
}

/** A seed for a caller who gave none: 32 random bits. */
export function randomSeed(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return seed;
}

function splitMix32(seed: number): () => number {
  const magnitude = Math.abs(seed);
  // Both halves and the sign reach the state; a plain `seed >>> 0` would make 1 and 2^32 + 1 the same.
  let word = (magnitude >>> 0) ^ Math.imul(Math.floor(magnitude / 0x100000000), 0x85ebca6b) ^ (seed < 0 ? 0xc2b2ae35 : 0);
  return () => {
    word = (word + 0x9e3779b9) | 0;
    let mixed = word ^ (word >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

function nextXoshiro(state: Uint32Array): number {
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9);
  const t2 = s2 ^ s0;
  const t3 = s3 ^ s1;
  state[0] = s0 ^ t3;
  state[1] = s1 ^ t2;
  state[2] = t2 ^ (s1 << 9);
  state[3] = rotateLeft(t3, 11);
  return result;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
