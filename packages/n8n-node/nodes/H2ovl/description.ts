import type { INodeProperties } from 'n8n-workflow';
import { schemaProperties } from './schema-description.ts';

const operation: INodeProperties = {
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  options: [
    {
      name: 'Ask Question',
      value: 'askQuestion',
      action: 'Ask question about image',
      description: 'Answer a question about one or more images of a document',
    },
    {
      name: 'Extract Data',
      value: 'extractData',
      action: 'Extract data from image',
      description: 'Fill the fields you describe from one or more images of a document',
    },
    {
      name: 'Read Text',
      value: 'readText',
      action: 'Read text in image',
      description: 'Write down all text in an image',
    },
  ],
  default: 'readText',
};

const model: INodeProperties = {
  displayName: 'Model',
  name: 'model',
  type: 'resourceLocator',
  default: { mode: 'list', value: '' },
  description: 'The model that reads. Leave empty for the first one the server lists.',
  modes: [
    {
      displayName: 'From List',
      name: 'list',
      type: 'list',
      typeOptions: { searchListMethod: 'searchModels', searchable: true },
    },
    { displayName: 'ID', name: 'id', type: 'string', placeholder: 'e.g. 0.8b' },
  ],
};

const binaryPropertyName: INodeProperties = {
  displayName: 'Input Data Field Name(s)',
  name: 'binaryPropertyName',
  type: 'string',
  default: 'data',
  required: true,
  placeholder: 'e.g. data',
  hint: 'The name of the input field with the image. Several names with commas between are the pages of one document.',
  description:
    "Name of the binary field with a PNG, JPEG, WebP, GIF, TIFF or AVIF image, or an expression that gives the binary itself, e.g. {{ $('Webhook').item.binary.data }}. As a tool of an agent only the expression works.",
};

const question: INodeProperties = {
  displayName: 'Question',
  name: 'text',
  type: 'string',
  typeOptions: { rows: 2 },
  default: '',
  required: true,
  placeholder: 'e.g. What is the total?',
  description: 'The question about the image or images',
  displayOptions: { show: { operation: ['askQuestion'] } },
};

const options: INodeProperties = {
  displayName: 'Options',
  name: 'options',
  type: 'collection',
  placeholder: 'Add option',
  default: {},
  options: [
    {
      displayName: 'Keep Answers That Do Not Fit',
      name: 'keepMisfits',
      type: 'boolean',
      default: false,
      description: 'Whether to output an answer that does not fit the schema, with valid false and the list of issues, instead of stopping',
      displayOptions: { show: { '/operation': ['extractData'] } },
    },
    {
      displayName: 'Max Tiles',
      name: 'maxTiles',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 6,
      description: 'Most tiles an image is cut into. Fewer is faster and loses small print.',
    },
    {
      displayName: 'Max Tokens',
      name: 'maxTokens',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 1024,
      description:
        'Most tokens of an answer. Without this option 4,096 for Read Text and 1,024 otherwise. An answer cut by it is marked as truncated.',
    },
    {
      displayName: 'Prompt',
      name: 'prompt',
      type: 'string',
      typeOptions: { rows: 3 },
      default: '',
      placeholder: 'e.g. Read the text in the image.',
      description: 'Instruction to the model in place of the one of the operation',
      displayOptions: { show: { '/operation': ['extractData', 'readText'] } },
    },
    {
      displayName: 'Timeout',
      name: 'timeout',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 600,
      description: 'Seconds to wait for one answer of the server. Long pages on a slow machine take minutes.',
    },
  ],
};

/** The fields of the node, in the order in which the panel shows them. */
export const nodeProperties: INodeProperties[] = [operation, model, binaryPropertyName, question, ...schemaProperties, options];
