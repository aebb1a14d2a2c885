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
      description: 'as printed',
    },
    due_date: {
      type: ['string', 'null'],
      description: 'as printed',
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
      'x-check': 'iban',
    },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          description: {
            type: ['string', 'null'],
          },
          amount: {
            type: ['number', 'null'],
          },
          unit_price: {
            type: ['number', 'null'],
          },
          quantity: {
            type: ['number', 'null'],
          },
        },
        required: ['description', 'amount', 'unit_price', 'quantity'],
        additionalProperties: false,
      },
      maxItems: 200,
    },
  },
  required: ['invoice_number', 'invoice_date', 'due_date', 'seller', 'buyer', 'currency', 'subtotal', 'tax', 'total', 'iban', 'items'],
  additionalProperties: false,
  'x-check': [
    { check: 'tax', net: 'subtotal', tax: 'tax', gross: 'total' },
    { check: 'sum', of: ['items[].amount'], optional: ['tax'], equals: 'total' },
    { check: 'order', of: ['invoice_date', 'due_date'] },
  ],
};
