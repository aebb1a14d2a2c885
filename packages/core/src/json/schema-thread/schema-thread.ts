import type { OutputIssue, VisionError } from '@h2ovl/contract';
import type { CompiledSchema } from '../../constraints/compile-schema.ts';
import type { ConstraintProfile } from '../../constraints/limits.ts';
import { SchemaReader } from '../../constraints/packed/unpack-schema.ts';
import { refuse } from '../../constraints/schema/refusals.ts';
import { type JsonSchema, schemaKey } from '../copy-schema.ts';
import { invalidSchema } from '../invalid-schema.ts';
import { type CountProcessorTime, ThreadTimeoutError, WorkerConversation } from './worker-conversation.ts';

/** A thread that nothing asks for anything ends after this long, and its memory is free again. */
const idleMs = 30_000;

// Processor time of the thread, not time by the clock: a busy machine must not refuse what an idle one takes.
const compileLimitMs = 10_000; // the budget of work ends hostile schemas, on every machine the same ones, long before this
const prepareLimitMs = 2000; // a large invoice schema takes about 50 ms
const checkLimitMs = 1000; // an answer takes well under 1 ms; only a catastrophic `pattern` or an exploding `anyOf` needs more

type Job = () => Promise<void>;

/**
 * The thread on which schemas are compiled and values are checked, so that neither holds the event loop and both can be ended by force. It is
 * started when it is first needed. One thing at a time; checks of answers go before schemas that wait.
 */
export class SchemaThread {
  readonly #checks: Job[] = [];
  readonly #schemas: Job[] = [];
  readonly #countTime: CountProcessorTime | undefined;
  #conversation: WorkerConversation | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isWorking = false;

  /** @param countTime tests count otherwise; by default what the system tells */
  constructor(countTime?: CountProcessorTime) {
    this.#countTime = countTime;
  }

  /**
   * Turns a schema into what answers are held to.
   * @throws SchemaRefusedError; BusyError; VisionError RUNTIME_UNAVAILABLE, SESSION_FAILED
   */
  compile(schema: JsonSchema, profile: ConstraintProfile): Promise<CompiledSchema> {
    return this.#enqueue(this.#schemas, async (thread) => {
      const head = await thread
        .ask({ type: 'compile', schema, profile }, compileLimitMs)
        .catch(onTimeout(() => refuse('#', undefined, `took more than ${compileLimitMs} ms of processor time to compile`)));
      const reader = new SchemaReader(head, profile);
      for (;;) {
        const part = await thread.ask({ type: 'next' });
        if (part === undefined) return reader.finish();
        reader.add(part);
      }
    });
  }

  /** Whether a schema is valid, as far as its draft's own schema says. @throws VisionError INVALID_ARGUMENT where it is not; as above */
  validate(schema: JsonSchema): Promise<void> {
    return this.#enqueue(this.#schemas, async (thread) => {
      await thread
        .ask({ type: 'validate', schema }, prepareLimitMs)
        .catch(onTimeout(() => invalidSchema(`It takes more than ${prepareLimitMs} ms of processor time to look at.`)));
    });
  }

  /** Makes ready what `check` needs: it shows whether it can be done at all. @throws VisionError INVALID_ARGUMENT where it cannot; as above */
  prepare(schema: JsonSchema): Promise<void> {
    return this.#enqueue(this.#schemas, (thread) => prepare(thread, schemaKey(schema), schema));
  }

  /** What is wrong with a value, at most 20 issues. @throws as above */
  check(schema: JsonSchema, value: unknown): Promise<readonly OutputIssue[]> {
    return this.#enqueue(this.#checks, async (thread) => {
      const key = schemaKey(schema);
      const ask = () =>
        thread
          .ask({ type: 'check', key, value }, checkLimitMs)
          .catch(onTimeout(() => invalidSchema(`It takes more than ${checkLimitMs} ms of processor time to check an answer.`)))
          .catch(notCopied);
      const issues = await ask(); // most schemas are ready since before the answer: a large one is not sent again
      if (issues !== undefined) return issues;
      await prepare(thread, key, schema);
      const checked = await ask();
      if (checked === undefined) throw new Error('the checker that was just made ready is gone');
      return checked;
    });
  }

  /** Ends the thread; it is started again when it is needed. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const conversation = this.#conversation;
    this.#conversation = undefined;
    await conversation?.end();
  }

  #enqueue<T>(line: Job[], work: (thread: WorkerConversation) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      line.push(() => this.#run(work).then(resolve, reject));
      if (!this.#isWorking) void this.#workOff();
    });
  }

  async #workOff(): Promise<void> {
    this.#isWorking = true;
    clearTimeout(this.#idle);
    for (let job = this.#nextJob(); job !== undefined; job = this.#nextJob()) await job();
    this.#isWorking = false;
    this.#idle = setTimeout(() => void this.stop(), idleMs).unref();
  }

  #nextJob(): Job | undefined {
    return this.#checks.shift() ?? this.#schemas.shift();
  }

  async #run<T>(work: (thread: WorkerConversation) => Promise<T>): Promise<T> {
    if (this.#conversation?.isOver !== false) this.#conversation = new WorkerConversation(this.#countTime);
    return work(this.#conversation);
  }
}

/** The one of this process. */
export const schemaThread: SchemaThread = new SchemaThread();

async function prepare(thread: WorkerConversation, key: string, schema: JsonSchema): Promise<void> {
  await thread
    .ask({ type: 'prepare', key, schema }, prepareLimitMs)
    .catch(onTimeout(() => invalidSchema(`It takes more than ${prepareLimitMs} ms of processor time to prepare.`)));
}

/** What is told where the processor time is used up; all else comes out as it is. */
function onTimeout(tell: () => VisionError): (error: unknown) => never {
  return (error) => {
    throw error instanceof ThreadTimeoutError ? tell() : error;
  };
}

/** A value that no thread can be given is no JSON: it fits no schema. */
function notCopied(error: unknown): readonly OutputIssue[] {
  if (error instanceof RangeError) return [{ path: [], message: 'is nested too deep' }];
  if ((error as { readonly name?: unknown } | null)?.name === 'DataCloneError') return [{ path: [], message: 'is not JSON data' }];
  throw error;
}
