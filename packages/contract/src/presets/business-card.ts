/** A business card. Every value may be null: a page need not show it. */
export const businessCardSchema: Readonly<Record<string, unknown>> = {
  title: 'A business card.',
  type: 'object',
  properties: {
    name: {
      type: ['string', 'null'],
    },
    title: {
      type: ['string', 'null'],
    },
    company: {
      type: ['string', 'null'],
    },
    email: {
      type: ['string', 'null'],
    },
    phone: {
      type: ['string', 'null'],
    },
    mobile: {
      type: ['string', 'null'],
    },
    website: {
      type: ['string', 'null'],
    },
    address: {
      type: ['string', 'null'],
    },
  },
  required: ['name', 'title', 'company', 'email', 'phone', 'mobile', 'website', 'address'],
  additionalProperties: false,
};
