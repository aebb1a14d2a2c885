import { deflateSync } from 'node:zlib';
import { PdfWriter } from './pdf-writer.ts';

/** A page that draws a form ten times, which draws a form ten times, and so on: ten to the power of `depth` drawings. */
export function makeLaughingForms(depth: number): Buffer {
  const writer = new PdfWriter();
  const [root, tree, page] = [writer.reserve(), writer.reserve(), writer.reserve()];
  let form = writer.add('<< /Type /XObject /Subtype /Form /BBox [0 0 600 900] >>', Buffer.from('0 0 100 100 re 50 50 200 200 re f*'));
  for (let level = 0; level < depth; level += 1) {
    const resources = `/Resources << /XObject << /F ${form} 0 R >> >>`;
    form = writer.add(`<< /Type /XObject /Subtype /Form /BBox [0 0 600 900] ${resources} >>`, Buffer.from('/F Do '.repeat(10)));
  }
  const contents = writer.add('<< >>', Buffer.from('/F Do'));
  writer.set(
    page,
    `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 595 842] /Contents ${contents} 0 R /Resources << /XObject << /F ${form} 0 R >> >> >>`,
  );
  return finish(writer, root, tree, `/Kids [${page} 0 R] /Count 1`);
}

/** A page tree whose only child is the tree itself. */
export function makeCyclicTree(): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  return finish(writer, root, tree, `/Kids [${tree} 0 R] /Count 3`);
}

/** A tree that promises pages it does not have. */
export function makeEmptyTree(promised: number): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  return finish(writer, root, tree, `/Kids [] /Count ${promised}`);
}

/** Pages that share one empty content: small, and very many. */
export function makeManyPages(count: number): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  const contents = writer.add('<< >>', Buffer.from('0 0 10 10 re f'));
  const kids = Array.from({ length: count }, () =>
    writer.add(`<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 200 200] /Contents ${contents} 0 R >>`),
  );
  return finish(writer, root, tree, `/Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${count}`);
}

/** One page of a size in points. */
export function makePageOfSize(width: number, height: number): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  const page = writer.add(`<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 ${width} ${height}] >>`);
  return finish(writer, root, tree, `/Kids [${page} 0 R] /Count 1`);
}

/** A page with a picture of `side` by `side` pixels that takes some kilobytes in the file. */
export function makePictureBomb(side: number): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  const size = `/Width ${side} /Height ${side} /ColorSpace /DeviceRGB /BitsPerComponent 8`;
  // Packed again and again: each round is a thousand times smaller.
  const once = deflateSync(Buffer.alloc(64_000_000));
  const picture = writer.add(`<< /Type /XObject /Subtype /Image ${size} /Filter [/FlateDecode /FlateDecode] >>`, deflateSync(once));
  const contents = writer.add('<< >>', Buffer.from('595 0 0 842 0 0 cm /P Do'));
  const resources = `/Resources << /XObject << /P ${picture} 0 R >> >>`;
  const page = writer.add(`<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 595 842] /Contents ${contents} 0 R ${resources} >>`);
  return finish(writer, root, tree, `/Kids [${page} 0 R] /Count 1`);
}

/** A page whose content unpacks to `bytes` bytes of drawing. */
export function makeContentBomb(bytes: number): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  const contents = writer.add('<< /Filter /FlateDecode >>', deflateSync(Buffer.alloc(bytes, '0 0 m 9 9 l S\n')));
  const page = writer.add(`<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 595 842] /Contents ${contents} 0 R >>`);
  return finish(writer, root, tree, `/Kids [${page} 0 R] /Count 1`);
}

function finish(writer: PdfWriter, root: number, tree: number, kids: string): Buffer {
  writer.set(tree, `<< /Type /Pages ${kids} >>`);
  writer.set(root, `<< /Type /Catalog /Pages ${tree} 0 R >>`);
  return writer.finish({ root });
}
