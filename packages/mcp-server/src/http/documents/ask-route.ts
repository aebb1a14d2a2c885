import { VisionError } from '@h2ovl/contract';
import type { DocumentRoute } from './answer-document.ts';

/** `POST /v1/ask`: an answer about each page. */
export const askRoute: DocumentRoute = {
  operation: 'ask',
  prepare: ({ question }) => {
    if (question === undefined) {
      throw new VisionError('INVALID_ARGUMENT', 'There is no question.', {
        param: 'question',
        hint: 'Send what to ask about each page as `question`.',
      });
    }
    return async () => {
      const { askDocument } = await import('@h2ovl/core');
      return ({ document, common }) => askDocument(document, { ...common, question });
    };
  },
};
