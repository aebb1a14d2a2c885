import type { Alphabet } from '../alphabet.ts';

/** A letter that the recogniser saw. */
export interface Letter {
  readonly character: string;
  readonly probability: number;
  /** The columns of the answer that say it, from the first to the last. */
  readonly first: number;
  last: number;
  /** Probability of a space, summed over the columns between the letter before and this one. */
  readonly spaceBefore: number;
}

/** The letters of an answer [columns, classes]: the likeliest class of each column, repetitions once, blanks left out. */
export function decodeLetters(answer: Float32Array, { characters, space }: Alphabet): Letter[] {
  const classes = characters.length;
  const columns = Math.trunc(answer.length / classes);
  const letters: Letter[] = [];
  let before = 0;
  for (let column = 0; column < columns; column += 1) {
    const from = column * classes;
    const best = likeliest(answer, from, classes);
    const latest = letters.at(-1);
    if (best !== 0 && best !== before) {
      letters.push({
        character: characters[best] as string,
        probability: answer[from + best] as number,
        first: column,
        last: column,
        spaceBefore: latest === undefined ? 0 : sumOf(answer, space, classes, latest.last + 1, column),
      });
    } else if (best !== 0 && latest !== undefined) latest.last = column;
    before = best;
  }
  return letters;
}

/** The class with the greatest probability; they add up to 1, so that one above a half needs no further search. */
function likeliest(answer: Float32Array, from: number, classes: number): number {
  let best = 0;
  let greatest = answer[from] as number;
  for (let index = 1; index < classes && greatest <= 0.5; index += 1) {
    const probability = answer[from + index] as number;
    if (probability > greatest) [greatest, best] = [probability, index];
  }
  return best;
}

function sumOf(answer: Float32Array, wanted: number, classes: number, from: number, to: number): number {
  let sum = 0;
  for (let column = from; column < to; column += 1) sum += answer[column * classes + wanted] as number;
  return sum;
}
