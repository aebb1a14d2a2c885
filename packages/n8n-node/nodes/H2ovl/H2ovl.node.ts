import type {
  IDataObject,
  IExecuteFunctions,
  ILoadOptionsFunctions,
  INodeExecutionData,
  INodeListSearchResult,
  INodeType,
  INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import { nodeProperties } from './description.ts';
import { toNodeError } from './errors.ts';
import { isToolRun } from './is-tool-run.ts';
import { askQuestion } from './operations/ask-question.ts';
import { extractData } from './operations/extract-data.ts';
import { type ItemOutput, type ItemTask, readCount, readOptions } from './operations/item-task.ts';
import { readText } from './operations/read-text.ts';
import { readFiles } from './read-files.ts';
import { runItems } from './run-items.ts';
import { listModels, type SendOptions } from './transport.ts';

// Listing needs no model run; somebody is looking at the list while it loads.
const searchTimeoutMs = 30_000;

const operations: Readonly<Record<string, (task: ItemTask) => Promise<ItemOutput>>> = { readText, askQuestion, extractData };

/** Items in work at a time unless the option says otherwise: as many as a server answers at once. */
const defaultItemsInFlight = 4;
const mostItemsInFlight = 32; // each holds its files in memory

/** The ids of the server's models, once asked for: items in flight share one question. */
interface DefaultModel {
  ids: Promise<readonly string[]> | undefined;
}

/** Reads documents and images with a model on the user's own h2ovl server. */
export class H2ovl implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'H2OVL Mississippi',
    name: 'h2ovl',
    icon: { light: 'file:h2ovl.svg', dark: 'file:h2ovl.dark.svg' },
    group: ['transform'],
    version: [1],
    subtitle: '={{ $parameter["operation"] }}',
    description: 'Read text, answer questions and extract data from documents and images with a vision model on your own server',
    defaults: { name: 'H2OVL Mississippi' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'h2ovlApi', required: true }],
    properties: nodeProperties,
  };

  methods: NonNullable<INodeType['methods']> = { listSearch: { searchModels } };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const items = this.getInputData();
    const defaultModel: DefaultModel = { ids: undefined };
    const outputs = await runItems(items.length, {
      inFlight: readItemsInFlight(this),
      stop: cancelSignal(this),
      run: async (itemIndex, signal) => {
        const binary = items[itemIndex]?.binary;
        const give = (json: IDataObject): INodeExecutionData => ({ json, ...(binary && { binary }), pairedItem: { item: itemIndex } });
        try {
          return (await runItem(this, itemIndex, defaultModel, signal)).map(give);
        } catch (error) {
          const problem = toNodeError(this, error, itemIndex);
          if (items.length > 1 && !problem.message.includes('[item ')) problem.message += ` [item ${itemIndex}]`;
          // A stopped run is over: the remaining items are not tried.
          if (signal.aborted) throw problem;
          // What a tool throws reaches its agent without the next move, or not at all: it is told by an item.
          if (!this.continueOnFail() && !isToolRun(this)) throw problem;
          return [give({ error: [problem.message, problem.description].filter(Boolean).join('. ') })];
        }
      },
    });
    return [outputs.flat()];
  }
}

/** How many items are in work at a time; an option of the first item, since it holds for all. */
function readItemsInFlight(context: IExecuteFunctions): number {
  const options = context.getNodeParameter('options', 0, {}) as Readonly<Record<string, unknown>>;
  return Math.min(mostItemsInFlight, Math.max(1, Math.floor(readCount(options.itemsInFlight) ?? defaultItemsInFlight)));
}

/** The signal of the Stop button; undefined where this n8n has none. */
function cancelSignal(context: IExecuteFunctions): AbortSignal | undefined {
  return typeof context.getExecutionCancelSignal === 'function' ? context.getExecutionCancelSignal() : undefined;
}

async function runItem(
  context: IExecuteFunctions,
  itemIndex: number,
  defaultModel: DefaultModel,
  signal: AbortSignal,
): Promise<ItemOutput> {
  const name = String(context.getNodeParameter('operation', itemIndex));
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) {
    throw new NodeOperationError(context.getNode(), `The operation '${name}' is not known`, {
      itemIndex,
      description: `Choose one of ${Object.keys(operations).join(', ')}.`,
    });
  }
  // Files first: one that cannot be read is refused before anything is sent.
  const files = await readFiles(context, itemIndex);
  const options = readOptions(context, itemIndex);
  const model = await chooseModel(context, { itemIndex, timeoutMs: options.timeoutMs, signal }, defaultModel);
  return await operation({ context, itemIndex, model, files, options, signal });
}

/** The model of the parameter, or the first one the server lists; asked for once per run. */
async function chooseModel(
  context: IExecuteFunctions,
  options: SendOptions & { readonly itemIndex: number },
  defaultModel: DefaultModel,
): Promise<string> {
  const { itemIndex } = options;
  const chosen = String(context.getNodeParameter('model', itemIndex, '', { extractValue: true }) ?? '').trim();
  if (chosen !== '') return chosen;
  const isAsking = defaultModel.ids === undefined;
  defaultModel.ids ??= listModels(context, options);
  // A failure names the item that asked: the others ask for themselves.
  const [first] = isAsking ? await defaultModel.ids : await defaultModel.ids.catch(() => listModels(context, options));
  if (first !== undefined) return first;
  throw new NodeOperationError(context.getNode(), 'The server lists no model', {
    itemIndex,
    description: 'Start it with one, e.g. `npx @h2ovl/mcp-server --http --model 0.8b`.',
  });
}

async function searchModels(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
  const wanted = (filter ?? '').trim().toLowerCase();
  const ids = await listModels(this, { timeoutMs: searchTimeoutMs });
  return { results: ids.filter((id) => id.toLowerCase().includes(wanted)).map((id) => ({ name: id, value: id })) };
}
