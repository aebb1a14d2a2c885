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
      description: 'as printed',
    },
    currency: {
      type: ['string', 'null'],
      description: 'code or sign',
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
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          name: {
            type: ['string', 'null'],
          },
          price: {
            type: ['number', 'null'],
          },
          quantity: {
            type: ['number', 'null'],
          },
        },
        required: ['name', 'price', 'quantity'],
        additionalProperties: false,
      },
      maxItems: 200,
    },
  },
  required: ['company', 'address', 'date', 'currency', 'tax', 'total', 'payment_method', 'items'],
  additionalProperties: false,
  'x-check': [{ check: 'sum', of: ['items[].price'], times: 'items[].quantity', optional: ['tax'], equals: 'total' }],
};
