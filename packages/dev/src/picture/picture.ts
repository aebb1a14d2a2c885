import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonSchema, loadModel } from '@h2ovl/core';
import sharp from 'sharp';
import { readablePages } from '../testing/nano-samples.ts';
import { drawPicture } from './draw-picture.ts';

const properties = {
  company: { type: ['string', 'null'] },
  invoice_number: { type: ['string', 'null'] },
  date: { type: ['string', 'null'] },
  total: { type: ['number', 'null'] },
};

/**
 * `npm run picture`, from the root of the repository: reads the first page that nano surely reads and extracts JSON from it, in a real run, and draws
 * `docs/example.png` from the page and what came out. The page itself goes to `docs/invoice.png`, for the commands of the READMEs.
 */
export async function main(): Promise<number> {
  const [page] = readablePages;
  const model = await loadModel('nano');
  const run = await readAndExtract(page.path, model).finally(() => model.dispose());
  const wrong = findWrong(run.text, run.object, page.answer);
  if (wrong !== undefined) {
    process.stderr.write(`${page.file}: ${wrong} No picture was drawn.\n`);
    return 1;
  }
  const svg = drawPicture({ page: await readFile(page.path), ...run });
  await mkdir('docs', { recursive: true });
  await copyFile(page.path, join('docs', 'invoice.png'));
  await writeFile(join('docs', 'example.png'), await sharp(Buffer.from(svg)).png({ palette: true, quality: 90 }).toBuffer());
  process.stdout.write(`docs/example.png and docs/invoice.png were written: ${run.seconds.toFixed(1)} s for text and JSON.\n`);
  return 0;
}

async function readAndExtract(
  image: string,
  model: Awaited<ReturnType<typeof loadModel>>,
): Promise<{ readonly text: string; readonly object: Readonly<Record<string, unknown>>; readonly seconds: number }> {
  const schema = jsonSchema<Record<string, unknown>>({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const startedMs = performance.now();
  const { text } = await model.generate({ prompt: 'Read the text in the image.', images: [image] });
  const { object } = await model.generate({ prompt: '', images: [image], schema });
  return { text, object, seconds: (performance.now() - startedMs) / 1000 };
}

/** A picture shows only what is right: the text is what was drawn, and every value stands in it. */
function findWrong(text: string, object: Readonly<Record<string, unknown>>, answer: string): string | undefined {
  if (text !== answer) return 'The text is not what was drawn.';
  const invented = Object.values(object).find((value) => !answer.includes(String(value)));
  return invented === undefined ? undefined : `The value ${JSON.stringify(invented)} is not on the page.`;
}
