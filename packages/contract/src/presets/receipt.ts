/** A shop receipt. Every value may be null: a page need not show it. */
export const receiptSchema: Readonly<Record<string, unknown>> = {
  title: 'A shop receipt.',
  type: 'object',
  properties: {
    company: {
      type: ['string', 'null'],
    },
    address: {
      type: ['string', 'null'],
    },
    date: {
      type: ['string', 'null'],
      format: 'date',
    },
    currency: {
      type: ['string', 'null'],
      description: 'code or sign',
    },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: {
            type: ['string', 'null'],
          },
          quantity: {
            type: ['number', 'null'],
          },
          price: {
            type: ['number', 'null'],
          },
        },
        required: ['name', 'quantity', 'price'],
        additionalProperties: false,
      },
      maxItems: 200,
    },
    tax: {
      type: ['number', 'null'],
    },
    total: {
      type: ['number', 'null'],
    },
    payment_method: {
      type: ['string', 'null'],
    },
  },
  required: ['company', 'address', 'date', 'currency', 'items', 'tax', 'total', 'payment_method'],
  additionalProperties: false,
};
