import { parentPort } from 'node:worker_threads';
import { type OutputIssue, VisionError } from '@h2ovl/contract';
import { compileSchema } from '../../constraints/compile-schema.ts';
import { packSchema } from '../../constraints/packed/pack-schema.ts';
import type { PackedPart } from '../../constraints/packed/packed-schema.ts';
import { SchemaRefusedError } from '../../constraints/schema/refusals.ts';
import { RecentMap } from '../../store/recent-map.ts';
import { checkSchema, makeChecker } from '../make-checker.ts';
import { ownThreadId } from './processor-time.ts';
import type { FromSchemaThread, ThreadAnswers, ToSchemaThread } from './thread-protocol.ts';

const maxCheckers = 32; // one takes some hundred kilobytes

/** The entry of the thread that compiles schemas and checks values: it does one thing at a time. */
function main(): void {
  if (parentPort === null) throw new Error('This file is started as a worker thread by schema-thread.');
  const port = parentPort;
  const checkers = new RecentMap<(value: unknown) => readonly OutputIssue[]>({ maxCount: maxCheckers });
  let parts: PackedPart[] = [];

  const answer = (message: ToSchemaThread): ThreadAnswers[keyof ThreadAnswers] => {
    switch (message.type) {
      case 'compile': {
        const packed = packSchema(compileSchema(message.schema, message.profile));
        parts = [...packed.parts];
        return packed.head;
      }
      case 'next':
        return parts.shift();
      case 'validate':
        checkSchema(message.schema);
        return undefined;
      case 'prepare': {
        if (checkers.get(message.key) === undefined) checkers.set(message.key, makeChecker(message.schema));
        return undefined;
      }
      case 'check':
        return checkers.get(message.key)?.(message.value);
      default:
        return message satisfies never;
    }
  };

  const send = (message: FromSchemaThread): void => port.postMessage(message);
  port.on('message', (message: ToSchemaThread) => {
    try {
      send({ type: 'answer', value: answer(message) });
    } catch (error) {
      send(describeFailure(error));
    }
  });
  send({ type: 'ready', threadId: ownThreadId() });
}

function describeFailure(error: unknown): FromSchemaThread {
  if (error instanceof SchemaRefusedError) return { type: 'refused', refusals: error.refusals };
  if (VisionError.isInstance(error)) return { type: 'failed', code: error.code, message: error.message, hint: error.hint };
  const reason = error instanceof Error ? error.message : String(error);
  return { type: 'failed', code: 'SESSION_FAILED', message: `The schema could not be worked on: ${reason}.`, hint: 'Ask again.' };
}

main();
