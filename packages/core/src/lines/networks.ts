import type { FloatMemory } from './float-memory.ts';

/** The networks of the line reader, wherever they compute. All reject with the signal's reason when aborted. */
export interface Networks {
  /**
   * How likely each pixel belongs to text.
   * @param input [3, height, width], see `makeDetectorInput`; both sides multiples of 32. Its memory is given away.
   * @returns [height, width]
   */
  detect(input: Float32Array<ArrayBuffer>, width: number, height: number): Promise<Float32Array<ArrayBuffer>>;
  /**
   * How likely each class is in each column.
   * @param input [3, 48, width], see `makeLineInput`; the width a multiple of 8. Its memory is given away.
   * @returns [width / columnPx, classes]
   */
  recognise(input: Float32Array<ArrayBuffer>, width: number): Promise<Float32Array<ArrayBuffer>>;
  /** The same from a smaller recogniser, where there is one. */
  readonly recogniseQuickly?: ((input: Float32Array<ArrayBuffer>, width: number) => Promise<Float32Array<ArrayBuffer>>) | undefined;
  /** Where pictures may take their memory from, and answers give theirs back when they were read. Without it, each is made and dropped. */
  readonly memory?: FloatMemory | undefined;
}
