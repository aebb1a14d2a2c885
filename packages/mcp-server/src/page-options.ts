import { z } from 'zod';

/** Into how many tiles a page is cut, as every interface of the server takes it. */
export const tilesValue: z.ZodUnion<[z.ZodLiteral<'auto'>, z.ZodNumber]> = z.union([z.literal('auto'), z.number().int().min(1)]);
