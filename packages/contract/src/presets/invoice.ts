/** An invoice with its lines. Every value may be null: a page need not show it. */
export const invoiceSchema: Readonly<Record<string, unknown>> = {
  title: 'An invoice with its lines.',
  type: 'object',
  properties: {
    invoice_number: {
      type: ['string', 'null'],
    },
    invoice_date: {
      type: ['string', 'null'],
      format: 'date',
    },
    due_date: {
      type: ['string', 'null'],
      format: 'date',
    },
    seller: {
      type: ['string', 'null'],
    },
    buyer: {
      type: ['string', 'null'],
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
          description: {
            type: ['string', 'null'],
          },
          quantity: {
            type: ['number', 'null'],
          },
          unit_price: {
            type: ['number', 'null'],
          },
          amount: {
            type: ['number', 'null'],
          },
        },
        required: ['description', 'quantity', 'unit_price', 'amount'],
        additionalProperties: false,
      },
      maxItems: 200,
    },
    subtotal: {
      type: ['number', 'null'],
    },
    tax: {
      type: ['number', 'null'],
    },
    total: {
      type: ['number', 'null'],
    },
    iban: {
      type: ['string', 'null'],
    },
  },
  required: ['invoice_number', 'invoice_date', 'due_date', 'seller', 'buyer', 'currency', 'items', 'subtotal', 'tax', 'total', 'iban'],
  additionalProperties: false,
};
