import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDecoderScript, useDecoderScript } from '../../../src/documents/decoder/find-decoder-script.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

const fakeLibheif = `
const picture = (isPrimary, rgba) => ({
  get_width: () => 2,
  get_height: () => 1,
  is_primary: () => isPrimary,
  display: (target, done) => { target.data.set(rgba); done(target); },
});
module.exports = {
  HeifDecoder: class {
    decode = () => [picture(false, [0, 0, 0, 255, 0, 0, 0, 255]), picture(true, [10, 20, 30, 255, 0, 0, 0, 0])];
  },
};`;

describe('a HEIC photo', () => {
  test('is refused with the package that reads it, as long as that is not installed', async () => {
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(64)]);
    await expect(openDocument(heic, { name: 'photo.heic' })).rejects.toMatchObject({
      code: 'DECODER_UNAVAILABLE',
      message: expect.stringContaining('photo.heic is a HEIC photo'),
      hint: expect.stringContaining('npm install libheif-js'),
    });
  });

  test('is decoded by the package when it is there: its primary picture, on white', async () => {
    const script = findDecoderScript();
    const place = join(import.meta.dirname, '../../../node_modules/.cache/h2ovl-test', `heic-${process.pid}`);
    const installed = join(place, 'node_modules/libheif-js');
    mkdirSync(installed, { recursive: true });
    try {
      // In the shape of the real package: CommonJS, without a map of exports.
      writeFileSync(join(installed, 'package.json'), '{ "name": "libheif-js", "main": "index.js" }');
      writeFileSync(join(installed, 'wasm-bundle.js'), fakeLibheif);
      copyFileSync(script, join(place, 'decoder-process.mjs'));
      useDecoderScript(join(place, 'decoder-process.mjs'));
      const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic'), Buffer.alloc(64)]);
      const document = await openDocument(heic, { name: 'photo.heic' });
      await using _ = document;
      const pixels = await (await document.page(1)).render();
      expect([pixels.width, pixels.height, [...pixels.data]]).toEqual([2, 1, [10, 20, 30, 255, 255, 255]]);
      expect(pixels.warnings).toEqual(['photo.heic holds 2 pictures; only its primary one was read.']);
    } finally {
      useDecoderScript(script);
      rmSync(place, { recursive: true });
    }
  });
});
