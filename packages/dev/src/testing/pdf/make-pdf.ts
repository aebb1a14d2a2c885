import { deflateSync } from 'node:zlib';
import { encryptPdf, type PdfCipher } from './encrypt-pdf.ts';
import { addFont, type PdfFont } from './fonts.ts';
import { PdfWriter } from './pdf-writer.ts';

/** Coordinates are points (1/72 inch) from the page's lower left corner, before any rotation. */
export interface PdfText {
  readonly type: 'text';
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  /** @default 'helvetica' */
  readonly font?: PdfFont;
  /** 0 fills, 3 is invisible. @default 0 */
  readonly renderMode?: number;
  /** Red, green and blue, 0 to 1. @default black */
  readonly color?: readonly [number, number, number];
  /** Degrees, counter-clockwise. @default 0 */
  readonly turn?: number;
  /** What the file says is written here instead. */
  readonly actualText?: string;
}

export interface PdfBox {
  readonly type: 'box';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly color: readonly [number, number, number];
  /** Drawn as a frame instead of filled. */
  readonly isFrame?: boolean;
}

export interface PdfPicture {
  readonly type: 'picture';
  /** JPEG bytes, or RGB pixels. */
  readonly jpeg?: Uint8Array;
  readonly rgb?: Uint8Array;
  /** Pixels. */
  readonly pixels: { readonly width: number; readonly height: number };
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type PdfItem = PdfText | PdfBox | PdfPicture;

export interface PdfPage {
  /** In the order they are painted. */
  readonly items: readonly PdfItem[];
  /** Points. @default 595 */
  readonly width?: number;
  /** Points. @default 842 */
  readonly height?: number;
  /** Degrees, clockwise, as `/Rotate` has them. */
  readonly rotate?: number;
  /** Left, bottom, right, top. */
  readonly cropBox?: readonly [number, number, number, number];
  /** Form fields that are filled in: drawn by the form, not by the page. */
  readonly fields?: readonly { readonly value: string; readonly x: number; readonly y: number; readonly width: number }[];
  /** A stamp over the page, as an annotation with its own appearance. */
  readonly stamp?: { readonly text: string; readonly x: number; readonly y: number };
}

export interface PdfOptions {
  readonly pages: readonly PdfPage[];
  readonly password?: string;
  /** Where it is another one, the reader may change nothing. @default the password */
  readonly ownerPassword?: string;
  /** @default 'aes-128' */
  readonly cipher?: PdfCipher;
  /** See PdfWriter. */
  readonly xrefShift?: number;
}

/** Writes a PDF. Its text is drawn with fonts that every viewer has, so that no font file is needed. */
export function makePdf({ pages, password, ownerPassword, cipher = 'aes-128', xrefShift }: PdfOptions): Buffer {
  const writer = new PdfWriter();
  const [root, tree] = [writer.reserve(), writer.reserve()];
  const fonts = new Map<PdfFont, number>();
  const fontNumber = (font: PdfFont): number => {
    const known = fonts.get(font) ?? addFont(writer, font);
    fonts.set(font, known);
    return known;
  };
  const fields: number[] = [];
  const kids = pages.map((page) => addPage(writer, page, tree, fontNumber, fields));
  writer.set(tree, `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`);
  const form =
    fields.length === 0
      ? ''
      : ` /AcroForm << /Fields [${fields.map((field) => `${field} 0 R`).join(' ')}] /NeedAppearances true /DA (/Helv 12 Tf 0 g) /DR << /Font << /Helv ${fontNumber('helvetica')} 0 R >> >> >>`;
  writer.set(root, `<< /Type /Catalog /Pages ${tree} 0 R${form} >>`);
  return writer.finish({ root, encryption: password === undefined ? undefined : encryptPdf(password, cipher, ownerPassword), xrefShift });
}

function addPage(writer: PdfWriter, page: PdfPage, parent: number, fontNumber: (font: PdfFont) => number, fields: number[]): number {
  const { width = 595, height = 842, rotate, cropBox } = page;
  const fonts = new Map<PdfFont, number>();
  const pictures: number[] = [];
  const content = page.items.map((item) => {
    if (item.type === 'box') return drawBox(item);
    if (item.type === 'picture') {
      pictures.push(addPicture(writer, item));
      return `q ${item.width} 0 0 ${item.height} ${item.x} ${item.y} cm /P${pictures.length} Do Q`;
    }
    fonts.set(item.font ?? 'helvetica', fontNumber(item.font ?? 'helvetica'));
    return drawText(item);
  });
  const stream = deflateSync(Buffer.from(content.join('\n'), 'latin1'));
  const contents = writer.add('<< /Filter /FlateDecode >>', stream);
  const number = writer.reserve();
  const annotations = addAnnotations(writer, page, number, fontNumber, fields);
  const fontList = [...fonts].map(([name, font]) => `/${name} ${font} 0 R`).join(' ');
  const pictureList = pictures.map((picture, index) => `/P${index + 1} ${picture} 0 R`).join(' ');
  const extras = [
    rotate === undefined ? '' : `/Rotate ${rotate}`,
    cropBox === undefined ? '' : `/CropBox [${cropBox.join(' ')}]`,
    annotations.length === 0 ? '' : `/Annots [${annotations.map((annotation) => `${annotation} 0 R`).join(' ')}]`,
  ].join(' ');
  const resources = `/Resources << /Font << ${fontList} >> /XObject << ${pictureList} >> >>`;
  writer.set(
    number,
    `<< /Type /Page /Parent ${parent} 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${contents} 0 R ${resources} ${extras} >>`,
  );
  return number;
}

function drawBox({ x, y, width, height, color, isFrame = false }: PdfBox): string {
  const paint = isFrame
    ? `${color.join(' ')} RG ${x} ${y} ${width} ${height} re S`
    : `${color.join(' ')} rg ${x} ${y} ${width} ${height} re f`;
  return `q ${paint} Q`;
}

function drawText({ text, x, y, size, font = 'helvetica', renderMode = 0, color = [0, 0, 0], turn = 0, actualText }: PdfText): string {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const matrix = [cos, sin, -sin, cos, x, y].map((value) => value.toFixed(4)).join(' ');
  const drawn = `BT ${color.join(' ')} rg ${renderMode} Tr /${font} ${size} Tf ${matrix} Tm ${showText(text, font)} Tj ET`;
  return actualText === undefined ? drawn : `/Span << /ActualText ${literal(actualText)} >> BDC ${drawn} EMC`;
}

function showText(text: string, font: PdfFont): string {
  if (font === 'chinese') return `<${Buffer.from(text, 'utf16le').swap16().toString('hex')}>`;
  return literal(text);
}

function literal(text: string): string {
  return `(${text.replace(/[\\()]/g, '\\$&')})`;
}

function addPicture(writer: PdfWriter, { jpeg, rgb, pixels }: PdfPicture): number {
  const size = `/Width ${pixels.width} /Height ${pixels.height} /ColorSpace /DeviceRGB /BitsPerComponent 8`;
  if (jpeg !== undefined) return writer.add(`<< /Type /XObject /Subtype /Image ${size} /Filter /DCTDecode >>`, jpeg);
  return writer.add(`<< /Type /XObject /Subtype /Image ${size} /Filter /FlateDecode >>`, deflateSync(rgb ?? new Uint8Array()));
}

function addAnnotations(
  writer: PdfWriter,
  { fields = [], stamp }: PdfPage,
  page: number,
  fontNumber: (font: PdfFont) => number,
  formFields: number[],
): number[] {
  const annotations = fields.map(({ value, x, y, width }, index) => {
    const rect = `/Rect [${x} ${y} ${x + width} ${y + 20}]`;
    return writer.add(
      `<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /T (field${page}.${index}) /V ${literal(value)} /DA (/Helv 12 Tf 0 g) ${rect} /P ${page} 0 R >>`,
    );
  });
  formFields.push(...annotations);
  if (stamp === undefined) return annotations;
  const resources = `/Resources << /Font << /F ${fontNumber('helvetica')} 0 R >> >>`;
  const look = writer.add(
    `<< /Type /XObject /Subtype /Form /BBox [0 0 200 30] ${resources} >>`,
    Buffer.from(`BT /F 20 Tf 2 8 Td ${literal(stamp.text)} Tj ET`, 'latin1'),
  );
  const rect = `/Rect [${stamp.x} ${stamp.y} ${stamp.x + 200} ${stamp.y + 30}]`;
  return [...annotations, writer.add(`<< /Type /Annot /Subtype /Stamp /F 4 ${rect} /AP << /N ${look} 0 R >> /P ${page} 0 R >>`)];
}
