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
import { type ItemTask, readOptions } from './operations/item-task.ts';
import { readText } from './operations/read-text.ts';
import { readImages } from './read-images.ts';
import { cancelSignal, listModels, type SendOptions } from './transport.ts';

// Listing needs no model run; somebody is looking at the list while it loads.
const searchTimeoutMs = 30_000;

const operations: Readonly<Record<string, (task: ItemTask) => Promise<IDataObject>>> = { readText, askQuestion, extractData };

/** The id of the server's first model, once asked for. */
interface DefaultModel {
  id: string | undefined;
}

/** Reads document images with a model on the user's own h2ovl server. */
export class H2ovl implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'H2OVL Mississippi',
    name: 'h2ovl',
    icon: { light: 'file:h2ovl.svg', dark: 'file:h2ovl.dark.svg' },
    group: ['transform'],
    version: [1],
    subtitle: '={{ $parameter["operation"] }}',
    description: 'Read text, answer questions and extract data from document images with a vision model on your own server',
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
    const output: INodeExecutionData[] = [];
    const defaultModel: DefaultModel = { id: undefined };
    for (let itemIndex = 0; itemIndex < items.length; itemIndex += 1) {
      try {
        const json = await runItem(this, itemIndex, defaultModel);
        output.push({ json, pairedItem: { item: itemIndex } });
      } catch (error) {
        const problem = toNodeError(this, error, itemIndex);
        // A stopped run is over: the remaining items are not tried.
        if (cancelSignal(this)?.aborted === true) throw problem;
        // What a tool throws reaches its agent without the next move, or not at all: it is told by an item.
        if (!this.continueOnFail() && !isToolRun(this)) throw problem;
        const text = [problem.message, problem.description].filter(Boolean).join('. ');
        output.push({ json: { error: text }, pairedItem: { item: itemIndex } });
      }
    }
    return [output];
  }
}

async function runItem(context: IExecuteFunctions, itemIndex: number, defaultModel: DefaultModel): Promise<IDataObject> {
  const name = String(context.getNodeParameter('operation', itemIndex));
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) {
    throw new NodeOperationError(context.getNode(), `The operation '${name}' is not known`, {
      itemIndex,
      description: `Choose one of ${Object.keys(operations).join(', ')}.`,
    });
  }
  // Images first: a file that cannot be read is refused before anything is sent.
  const images = await readImages(context, itemIndex);
  const options = readOptions(context, itemIndex);
  const model = await chooseModel(context, { itemIndex, timeoutMs: options.timeoutMs }, defaultModel);
  return await operation({ context, itemIndex, model, images, options });
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
  defaultModel.id ??= (await listModels(context, options))[0];
  if (defaultModel.id !== undefined) return defaultModel.id;
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
