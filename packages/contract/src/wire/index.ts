export * from './answers.ts';
export type { DocumentRequestOptions, DocumentStreamRequest, WireOptionValues } from './documents/build-options.ts';
export { buildDocumentOptions, documentOptionNames, takesOption } from './documents/build-options.ts';
export type { WireCheck, WireEvidence, WireSecondReading, WireSupport } from './documents/evidence.ts';
export { writeCheck, writeEvidence } from './documents/evidence.ts';
export { readFormFields, writeFormFields } from './documents/form-fields.ts';
export type { WireBox, WireLines } from './documents/lines.ts';
export type { WirePicture } from './documents/pictures.ts';
export type { DocumentAnswer, DocumentHead, DocumentStreamEvent, DocumentSummary, PageContent } from './documents/read-answer.ts';
export { readDocumentAnswer, readDocumentEvent } from './documents/read-answer.ts';
export type {
  WireAskOptions,
  WireAskRequest,
  WireDocument,
  WireDocumentAnswer,
  WireDocumentEvent,
  WireDocumentHead,
  WireDocumentInput,
  WireDocumentOptions,
  WireDocumentStreamOptions,
  WireExtractOptions,
  WireExtractRequest,
  WireLoad,
  WirePage,
  WireReadOptions,
  WireReadRequest,
  WireSummary,
  WireUsage,
  WireWork,
} from './documents/types.ts';
export { documentPartName } from './documents/types.ts';
export type { WireVerdict } from './documents/verdicts.ts';
export type { AnyPageResult } from './documents/write-answer.ts';
export { writeDocument, writeLoad, writePage, writeSummary } from './documents/write-answer.ts';
