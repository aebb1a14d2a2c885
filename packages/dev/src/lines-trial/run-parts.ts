import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { refuseWithoutFonts } from './installed-fonts.ts';

/** Runs parts of a trial on drawn pages, in order. Resolves to 1 where pages cannot be drawn, or a part does not keep what is promised, else to 0. */
export async function runDrawnParts<Name extends string>(names: readonly Name[], run: (name: Name) => Promise<boolean>): Promise<number> {
  const refusal = await refuseWithoutFonts();
  if (refusal !== undefined) {
    process.stderr.write(`${refusal}\n`);
    return 1;
  }
  let isKept = true;
  for (const name of names) isKept = (await run(name)) && isKept;
  await closeLineReader();
  return isKept ? 0 : 1;
}

/** Prints a line of a trial's report. */
export const printLine = (line: string): void => void process.stdout.write(`${line}\n`);
