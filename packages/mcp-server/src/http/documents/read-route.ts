import type { DocumentRoute } from './answer-document.ts';

/** `POST /v1/read`: the text of each page. */
export const readRoute: DocumentRoute = {
  operation: 'read',
  prepare:
    ({ mode, compare, lines, instruction, readBlank, retry, support }) =>
    async () => {
      const { readDocument } = await import('@h2ovl/core');
      return ({ document, common }) => readDocument(document, { ...common, mode, compare, lines, instruction, readBlank, retry, support });
    },
};
