/** The label of a product or parcel. Every value may be null: a page need not show it. */
export const labelSchema: Readonly<Record<string, unknown>> = {
  title: 'The label of a product or parcel.',
  type: 'object',
  properties: {
    product: {
      type: ['string', 'null'],
    },
    brand: {
      type: ['string', 'null'],
    },
    barcode: {
      type: ['string', 'null'],
    },
    batch: {
      type: ['string', 'null'],
    },
    weight: {
      type: ['string', 'null'],
    },
    best_before: {
      type: ['string', 'null'],
      description: 'as printed',
    },
    ingredients: {
      type: ['string', 'null'],
    },
  },
  required: ['product', 'brand', 'barcode', 'batch', 'weight', 'best_before', 'ingredients'],
  additionalProperties: false,
};
