import { nameParam } from '@h2ovl/contract';
import type { DocumentRoute } from './answer-document.ts';
import { chooseSchema } from './document-schema.ts';

/** `POST /v1/extract`: an object from each page. */
export const extractRoute: DocumentRoute = {
  operation: 'extract',
  prepare: (options, { makeOutputSchema }) => {
    const { param, schema } = chooseSchema(options);
    const { instruction, enforcement, readBlank } = options;
    return async () => {
      const { extractDocument } = await import('@h2ovl/core');
      const output = await compile(() => makeOutputSchema(schema), param);
      return ({ document, common }) => extractDocument(document, { ...common, schema: output, instruction, enforcement, readBlank });
    const { instruction, enforcement, support, evidence, secondReading } = options;
    return async () => {
      const { extractDocument } = await import('@h2ovl/core');
      const output = await compile(() => makeOutputSchema(schema), param);
      return ({ document, common }) =>
        extractDocument(document, { ...common, schema: output, instruction, enforcement, support, evidence, secondReading });
    };
  },
};

async function compile<S>(make: () => S | Promise<S>, param: string): Promise<S> {
  try {
    return await make();
  } catch (error) {
    throw nameParam(error, param);
  }
}
