import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium';

/** PDFium, with every C function under its own name; pointers are numbers. */
export type Pdfium = WrappedPdfiumModule;

let starting: Promise<Pdfium> | undefined;

/** Starts PDFium's WebAssembly build from the file in its package; nothing is fetched. */
export function startPdfium(): Promise<Pdfium> {
  starting ??= start();
  return starting;
}

async function start(): Promise<Pdfium> {
  const path = createRequire(import.meta.url).resolve('@embedpdf/pdfium/pdfium.wasm');
  const bytes = await readFile(path);
  const options = { wasmBinary: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), print: quiet, printErr: quiet };
  const pdfium = await init(options);
  pdfium.PDFiumExt_Init();
  return pdfium;
}

/** Its notes on damaged files may quote them. */
function quiet(): void {}

/** Memory inside PDFium for the time of one call: every pointer is freed at the end, whatever happens. */
export function withMemory<T>(pdfium: Pdfium, use: (allocate: (bytes: number) => number) => T): T {
  const pointers: number[] = [];
  try {
    return use((bytes) => {
      const pointer = pdfium.pdfium.wasmExports.malloc(bytes);
      if (pointer === 0) throw new Error(`PDFium has no memory for ${bytes} more bytes`);
      pointers.push(pointer);
      return pointer;
    });
  } finally {
    for (const pointer of pointers) pdfium.pdfium.wasmExports.free(pointer);
  }
}

/** The memory as it is now: it moves when it grows, so a view must never be kept. */
export function memoryOf(pdfium: Pdfium): DataView {
  const { buffer } = (pdfium.pdfium as unknown as { readonly HEAPU8: Uint8Array }).HEAPU8;
  return new DataView(buffer as ArrayBuffer);
}

/** Reads a UTF-16 string that a function writes when it is told where and how many bytes there are; it returns how many it needs. */
export function readWideString(pdfium: Pdfium, write: (pointer: number, bytes: number) => number): string {
  const bytes = Math.min(write(0, 0), maxStringBytes);
  if (bytes <= 2) return '';
  return withMemory(pdfium, (allocate) => {
    const pointer = allocate(bytes);
    write(pointer, bytes);
    return Buffer.from(memoryOf(pdfium).buffer as ArrayBuffer, pointer, bytes - 2).toString('utf16le');
  });
}

const maxStringBytes = 1_000_000;
