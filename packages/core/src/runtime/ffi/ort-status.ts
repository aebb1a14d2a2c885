import { VisionError } from '@h2ovl/contract';
import { DeviceError } from '../device-error.ts';
import { type OrtApi, outCell, type Pointer } from './ort-api.ts';

// OrtErrorCode: the file is missing, holds no model, is not a protobuf, or describes an impossible graph.
const brokenFileCodes = new Set([3, 4, 7, 10]);
// Weights beside the graph that are missing or cut short come with a general code, and the binding for Node gives none; only the text tells.
const brokenFile =
  /external data|external initializer|out of bounds|no such file|file doesn't exist|cannot (be )?open|protobuf|parsing failed/i;
const maxMessageLength = 400; // ORT's longest useful sentences stay under 300

/** What was being done when ORT refused, for the message. */
export interface StatusContext {
  /** A clause: "Opening the graph decoder.onnx failed". */
  readonly action: string;
  /** Whether a model file was being read, so that a broken file is told apart from a failed run. */
  readonly isOpening?: boolean;
}

/** Throws what a status says; null means success. */
export function checkStatus(api: OrtApi, status: Pointer | null, context: StatusContext): void {
  if (status === null) return;
  const code = api.GetErrorCode(status);
  const message = api.GetErrorMessage(status);
  api.ReleaseStatus(status);
  throw errorFromOrt(code, message, context);
}

/** Calls a function whose last parameter is where it writes a pointer or a number; returns what it wrote. */
export function readCell(api: OrtApi, context: StatusContext, call: (cell: BigUint64Array) => Pointer | null): bigint {
  const cell = outCell();
  checkStatus(api, call(cell), context);
  return cell[0] as bigint;
}

/** ONNX Runtime's code and text as one of our errors. */
export function errorFromOrt(code: number | undefined, message: string, { action, isOpening = false }: StatusContext): VisionError {
  const isBrokenFile = isOpening && ((code !== undefined && brokenFileCodes.has(code)) || brokenFile.test(message));
  const hint = isBrokenFile
    ? 'Delete the converted files and convert the checkpoint again.'
    : isOpening
      ? 'Check that the graph was converted for this version, and that memory is free.'
      : 'Check that enough memory is free; convert the checkpoint again if it stays.';
  const sentence = `${action}: ${trimOrtMessage(message)}.`;
  return isBrokenFile ? new VisionError('MODEL_FILE_CORRUPT', sentence, { hint }) : new DeviceError(sentence, { hint });
}

/** The first sentence that says something: ORT's texts carry source paths, line breaks and nested prefixes. */
export function trimOrtMessage(message: string): string {
  const oneLine = message
    .replace(/\/\S*onnxruntime\S*\.(cc|h):\d+\s+\S.*?\)\s*(\[with [^\]]*\]\s*)?/g, '')
    .replace(/\s+/g, ' ')
    .replace(/(?:::)?<lambda\([^)]*\)>\s*/g, '')
    .replace(/\bstatus == \S+ was false\. /g, '')
    .replace(/Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /, "$1 '$2': ")
    .trim();
  const cut = oneLine.length > maxMessageLength ? `${oneLine.slice(0, maxMessageLength)}…` : oneLine;
  return cut.replace(/[.\s]+$/, '') || 'no reason given';
}
