import { readRequest } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { makePdf } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { askDocument, loadModel, openDocument, readDocument } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

useOwnHome();
const [sample] = readablePages;

/** A PDF whose second page is the picture, as a scanner puts it there. */
async function scan(path: string): Promise<Uint8Array> {
  await using picture = await openDocument(path);
  const { width, height, data: rgb } = await (await picture.page(1)).render();
  const size = { width: width / 2, height: height / 2 };
  return makePdf({
    pages: [
      { width: 200, height: 100, items: [{ type: 'text', text: 'A sheet in front of it', x: 10, y: 50, size: 12 }] },
      { ...size, items: [{ type: 'picture', rgb, pixels: { width, height }, x: 0, y: 0, ...size }] },
    ],
  });
}

test('a page of an open document goes to a model as a picture does, and its text is the same', async () => {
  await using model = await loadModel('nano');
  const document = await openDocument(await scan(sample.path), { name: 'scan.pdf' });
  await using _ = document;
  const page = await document.page(2);
  const [ofPage, ofFile] = [
    await model.generate(readRequest({ images: [page] })),
    await model.generate(readRequest({ images: [sample.path] })),
  ];
  expect(ofPage.text.trim()).toBe(sample.answer.trim());
  expect([ofPage.text, ofPage.usage]).toEqual([ofFile.text, { ...ofFile.usage, cachedTokens: ofPage.usage.cachedTokens }]);
  expect(ofPage.images).toMatchObject([{ widthPx: page.size.width, heightPx: page.size.height }]);

  const readings = [];
  for await (const reading of readDocument(document, { model, mode: 'model', pages: '2' })) readings.push(reading);
  expect(readings).toMatchObject([{ page: 2, text: sample.answer.trim(), source: 'model' }]);
  const question = readRequest({ images: [] }).prompt as string;
  for await (const { page: number, text } of askDocument(document, { model, question, pages: [2] })) {
    expect([number, text]).toEqual([2, sample.answer.trim()]);
  }

  const other = await document.page(1);
  await document.close();
  await expect(model.generate(readRequest({ images: [other] }))).rejects.toMatchObject({ code: 'DISPOSED' });
});
