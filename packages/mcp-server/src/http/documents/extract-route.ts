import { nameParam } from '@h2ovl/contract';
import type { DocumentRoute } from './answer-document.ts';
import { chooseSchema } from './document-schema.ts';

/** `POST /v1/extract`: an object from each page. */
export const extractRoute: DocumentRoute = {
  operation: 'extract',
  prepare: (options, { makeOutputSchema }) => {
    const { param, schema } = chooseSchema(options);
    const { instruction, enforcement, readBlank, retry, support, evidence, secondReading } = options;
    const own = { instruction, enforcement, readBlank, retry, support, evidence, secondReading };
    return async () => {
      const { extractDocument } = await import('@h2ovl/core');
      const output = await compile(() => makeOutputSchema(schema), param);
      return ({ document, common }) => extractDocument(document, { ...common, schema: output, ...own });
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
