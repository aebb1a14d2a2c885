import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { encodeStopOutput } from './onnx-bytes.ts';
import { readOpset } from './read-opset.ts';

/** Name of the extra output; the graphs of convert/ have none of that name. */
export const stopOutputName = 'h2ovl_stop';

// Our graphs keep their weights beside them and stay under a few MB; a graph with its weights inside is opened as it is.
const maxGraphBytes = 64 * 1024 * 1024;
/** The first version of ONNX's operators that has sequences. Graphs of other makers may be older. */
const sequencesFrom = 11;

/**
 * A graph as the binding for Node is to open it. It copies every output into new memory after a run, also those that were
 * written in place. It converts them in order and stops at the first that is no tensor; so a graph gets, in front of its own
 * outputs, an empty sequence, and none is copied. Two protobuf messages one after the other are read as one, which is how
 * the output is added without touching the rest. Undefined for a graph that cannot take it: it is opened as it is.
 */
export function withStopOutput(
  model: string | Uint8Array,
): { readonly model: Uint8Array; readonly config: Record<string, string> } | undefined {
  if (typeof model !== 'string') return takesSequences(model) ? { model: prepend(model), config: {} } : undefined;
  if (statSync(model).size > maxGraphBytes) return undefined;
  const bytes = readFileSync(model);
  if (!takesSequences(bytes)) return undefined;
  const config = { 'session.model_external_initializers_file_folder_path': path.dirname(path.resolve(model)) };
  return { model: prepend(bytes), config };
}

/** What is no model at all takes nothing either: opening it says what is wrong. */
function takesSequences(model: Uint8Array): boolean {
  return (readOpset(model) ?? 0) >= sequencesFrom;
}

function prepend(model: Uint8Array): Uint8Array {
  const stop = encodeStopOutput(stopOutputName);
  const joined = new Uint8Array(stop.length + model.length);
  joined.set(stop);
  joined.set(model, stop.length);
  return joined;
}

/** Whether an error is the binding's refusal of that output, raised after the graph has run to its end. */
export function isStopOutputError(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Non tensor type is temporarily not supported');
}
