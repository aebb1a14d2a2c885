import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { detectFileKind } from './file-kind.ts';
import { isToolRun } from './is-tool-run.ts';

/** One file of an item. */
export interface ItemFile {
  /** Name for messages: the file's, or the field's. */
  readonly name: string;
  readonly bytes: Buffer;
  /** A document may have many pages. */
  readonly type: 'image' | 'document';
  readonly mimeType: string;
}

/** The file as a picture of a prompt. */
export function toDataUrl({ bytes, mimeType }: ItemFile): string {
  return `data:${mimeType};base64,${bytes.toString('base64')}`;
}

/**
 * The files an item names, in order. The parameter holds one field name, several with commas between, or a binary object from an expression.
 * Binaries are only touched through n8n's helpers: they may lie in memory, on disk or in a database.
 */
export async function readFiles(context: IExecuteFunctions, itemIndex: number): Promise<readonly ItemFile[]> {
  const parameter: unknown = context.getNodeParameter('binaryPropertyName', itemIndex);
  const sources = listSources(parameter);
  if (sources.length === 0) {
    throw new NodeOperationError(context.getNode(), 'No field with a file is named', {
      itemIndex,
      description: 'Write the name of the field that holds the file into Input Data Field Name(s), e.g. data.',
    });
  }
  const files: ItemFile[] = [];
  for (const source of sources) files.push(await readItemFile(context, itemIndex, source));
  return files;
}

function listSources(parameter: unknown): readonly (string | IBinaryData)[] {
  if (typeof parameter === 'string') {
    return parameter
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
  }
  if (Array.isArray(parameter)) return parameter.flatMap(listSources);
  return isBinary(parameter) ? [parameter] : [];
}

function isBinary(value: unknown): value is IBinaryData {
  return typeof value === 'object' && value !== null && 'mimeType' in value && ('data' in value || 'id' in value);
}

async function readItemFile(context: IExecuteFunctions, itemIndex: number, source: string | IBinaryData): Promise<ItemFile> {
  const { name, bytes } = await readBinary(context, itemIndex, source);
  const kind = detectFileKind(bytes);
  if (kind.type === 'unsupported') {
    throw new NodeOperationError(context.getNode(), `'${name}' is ${kind.name}`, { itemIndex, description: kind.nextMove });
  }
  return { name, bytes, ...kind };
}

async function readBinary(
  context: IExecuteFunctions,
  itemIndex: number,
  source: string | IBinaryData,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  try {
    const binary = context.helpers.assertBinaryData(itemIndex, source);
    const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, source);
    return { name: binary.fileName ?? (typeof source === 'string' ? source : 'document'), bytes };
  } catch (error) {
    throw explainMissingFile(context, itemIndex, source, error);
  }
}

/** An agent hands its tools no binaries, and n8n's helper then speaks of "undefined": say what to set instead. */
function explainMissingFile(
  context: IExecuteFunctions,
  itemIndex: number,
  source: string | IBinaryData,
  error: unknown,
): NodeOperationError {
  if (typeof source === 'string' && isToolRun(context)) {
    return new NodeOperationError(context.getNode(), 'An AI agent hands no files to its tools, so there is no document to read', {
      itemIndex,
      description:
        "Set Input Data Field Name(s) of this tool to an expression that takes the file from an earlier node, e.g. {{ $('Webhook').item.binary.data }}.",
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message =
    typeof source === 'string' ? `The item has no file in the field '${source}'` : 'The file named by the expression cannot be read';
  return new NodeOperationError(context.getNode(), message, {
    itemIndex,
    description: `Check Input Data Field Name(s) and the node before this one. n8n said: ${reason}`,
  });
}
