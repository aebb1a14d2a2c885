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
    },
    currency: {
      type: ['string', 'null'],
    },
    period_start: {
      type: ['string', 'null'],
      format: 'date',
    },
    period_end: {
      type: ['string', 'null'],
      format: 'date',
    },
    opening_balance: {
      type: ['number', 'null'],
    },
    transactions: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          date: {
            type: ['string', 'null'],
            format: 'date',
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
    closing_balance: {
      type: ['number', 'null'],
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
    'transactions',
    'closing_balance',
  ],
  additionalProperties: false,
};
