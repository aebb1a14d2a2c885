/** An account statement with its bookings. Every value may be null: a page need not show it. */
export const bankStatementSchema: Readonly<Record<string, unknown>> = {
  title: 'An account statement with its bookings.',
  type: 'object',
  properties: {
    bank: {
      type: ['string', 'null'],
    },
    account_holder: {
      type: ['string', 'null'],
    },
    iban: {
      type: ['string', 'null'],
      'x-check': 'iban',
    },
    currency: {
      type: ['string', 'null'],
    },
    period_start: {
      type: ['string', 'null'],
      description: 'as printed',
    },
    period_end: {
      type: ['string', 'null'],
      description: 'as printed',
    },
    opening_balance: {
      type: ['number', 'null'],
    },
    closing_balance: {
      type: ['number', 'null'],
    },
    transactions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          date: {
            type: ['string', 'null'],
            description: 'as printed',
          },
          description: {
            type: ['string', 'null'],
          },
          amount: {
            type: ['number', 'null'],
            description: 'negative when money went out',
          },
        },
        required: ['date', 'description', 'amount'],
        additionalProperties: false,
      },
      maxItems: 200,
    },
  },
  required: [
    'bank',
    'account_holder',
    'iban',
    'currency',
    'period_start',
    'period_end',
    'opening_balance',
    'closing_balance',
    'transactions',
  ],
  additionalProperties: false,
  'x-check': [
    { check: 'sum', of: ['opening_balance', 'transactions[].amount'], equals: 'closing_balance' },
    { check: 'order', of: ['period_start', 'period_end'] },
  ],
};
