/** Longest JSON header that is read. Real headers of these models are under 100 kB; the format's own library stops at 100 MB. */
export const maxHeaderBytes = 25_000_000;

/** Most tensors in one file. The 2B has 565; a header that claims more than this is not a vision-language checkpoint. */
export const maxTensors = 100_000;

/** Most dimensions of one tensor. The convolution kernel has four. */
export const maxDimensions = 8;

/** Most shard files of one checkpoint. The largest public ones have under 200. */
export const maxShards = 1_000;

/** Largest `model.safetensors.index.json`. A map of 565 names is about 60 kB. */
export const maxIndexBytes = 25_000_000;
