/** Any table, row by row. Every value may be null: a page need not show it. */
export const tableSchema: Readonly<Record<string, unknown>> = {
  title: 'Any table, row by row.',
  type: 'object',
  properties: {
    title: {
      type: ['string', 'null'],
    },
    columns: {
      type: 'array',
      items: {
        type: 'string',
      },
      maxItems: 40,
    },
    rows: {
      type: 'array',
      items: {
        type: 'array',
        items: {
          type: ['string', 'null'],
        },
        maxItems: 40,
      },
      maxItems: 500,
    },
  },
  required: ['title', 'columns', 'rows'],
  additionalProperties: false,
};
