import type { INodeProperties } from 'n8n-workflow';

const schemaType: INodeProperties = {
  displayName: 'Schema Type',
  name: 'schemaType',
  type: 'options',
  noDataExpression: true,
  options: [
    { name: 'From Attribute Descriptions', value: 'fromAttributes', description: 'Describe each field by name, type and meaning' },
    { name: 'Generate From JSON Example', value: 'fromJson', description: 'Take fields and types from an example' },
    { name: 'Define Using JSON Schema', value: 'manual', description: 'Write the JSON Schema yourself' },
    { name: 'Use a Preset', value: 'preset', description: 'Take a ready-made schema: receipt, invoice, ID card and others' },
  ],
  default: 'fromAttributes',
  description: 'How to describe the data to extract',
  displayOptions: { show: { operation: ['extractData'] } },
};

const preset: INodeProperties = {
  displayName: 'Preset',
  name: 'preset',
  type: 'options',
  noDataExpression: true,
  options: [
    { name: 'Bank Statement', value: 'bank-statement' },
    { name: 'Business Card', value: 'business-card' },
    { name: 'ID Card', value: 'id-card' },
    { name: 'Invoice', value: 'invoice' },
    { name: 'Label', value: 'label' },
    { name: 'Receipt', value: 'receipt' },
    { name: 'Table', value: 'table' },
  ],
  default: 'receipt',
  description: 'What kind of document it is. Every field comes back; null stands for what the document does not say.',
  displayOptions: { show: { operation: ['extractData'], schemaType: ['preset'] } },
};

const attributes: INodeProperties = {
  displayName: 'Attributes',
  name: 'attributes',
  type: 'fixedCollection',
  placeholder: 'Add Attribute',
  default: {},
  typeOptions: { multipleValues: true },
  displayOptions: { show: { operation: ['extractData'], schemaType: ['fromAttributes'] } },
  options: [
    {
      name: 'attributes',
      displayName: 'Attributes',
      values: [
        {
          displayName: 'Name',
          name: 'name',
          type: 'string',
          default: '',
          required: true,
          placeholder: 'e.g. invoice_number',
          description: 'Name of the field in the output',
        },
        {
          displayName: 'Type',
          name: 'type',
          type: 'options',
          default: 'string',
          required: true,
          description: 'Type of the value',
          options: [
            { name: 'Boolean', value: 'boolean' },
            { name: 'Date', value: 'date' },
            { name: 'Number', value: 'number' },
            { name: 'String', value: 'string' },
          ],
        },
        {
          displayName: 'Description',
          name: 'description',
          type: 'string',
          default: '',
          placeholder: 'e.g. The number of the invoice, usually at the top right',
          description: 'What the field means and where it stands',
        },
        {
          displayName: 'Required',
          name: 'required',
          type: 'boolean',
          default: false,
          description: 'Whether the value must be there. Otherwise null stands for what the document does not say.',
        },
      ],
    },
  ],
};

const jsonSchemaExample: INodeProperties = {
  displayName: 'JSON Example',
  name: 'jsonSchemaExample',
  type: 'json',
  default: '{\n  "company": "Carter & King",\n  "date": "2015-06-18",\n  "total": 90.34\n}',
  required: true,
  typeOptions: { rows: 10 },
  description: 'An example of the data. Every field comes back; null stands for what the document does not say.',
  displayOptions: { show: { operation: ['extractData'], schemaType: ['fromJson'] } },
};

const inputSchema: INodeProperties = {
  displayName: 'JSON Schema',
  name: 'inputSchema',
  type: 'json',
  default:
    '{\n  "type": "object",\n  "properties": {\n    "company": { "type": "string", "description": "The name of the shop" },\n    "total": { "type": "number" }\n  },\n  "required": ["company", "total"]\n}',
  required: true,
  typeOptions: { rows: 10 },
  description: 'JSON Schema of the data; its root is an object',
  displayOptions: { show: { operation: ['extractData'], schemaType: ['manual'] } },
};

/** The fields that describe the data of Extract Data, in the three ways of n8n's Information Extractor and as a preset. */
export const schemaProperties: INodeProperties[] = [schemaType, preset, attributes, jsonSchemaExample, inputSchema];
