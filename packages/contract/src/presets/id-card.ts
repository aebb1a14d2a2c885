/** An identity card, passport or driving licence. Every value may be null: a page need not show it. */
export const idCardSchema: Readonly<Record<string, unknown>> = {
  title: 'An identity card, passport or driving licence.',
  type: 'object',
  properties: {
    document_type: {
      type: ['string', 'null'],
    },
    document_number: {
      type: ['string', 'null'],
    },
    surname: {
      type: ['string', 'null'],
    },
    given_names: {
      type: ['string', 'null'],
    },
    nationality: {
      type: ['string', 'null'],
    },
    date_of_birth: {
      type: ['string', 'null'],
      description: 'as printed',
    },
    sex: {
      enum: ['M', 'F', 'X', null],
    },
    date_of_issue: {
      type: ['string', 'null'],
      description: 'as printed',
    },
    date_of_expiry: {
      type: ['string', 'null'],
      description: 'as printed',
    },
    issuing_authority: {
      type: ['string', 'null'],
    },
  },
  required: [
    'document_type',
    'document_number',
    'surname',
    'given_names',
    'nationality',
    'date_of_birth',
    'sex',
    'date_of_issue',
    'date_of_expiry',
    'issuing_authority',
  ],
  additionalProperties: false,
};
