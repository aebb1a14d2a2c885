import { z } from 'zod';

const count = z.number().int().min(1);

/** Into how many tiles pages of a document are cut. */
export const tilesValue: z.ZodUnion<[z.ZodEnum<{ auto: 'auto'; crops: 'crops' }>, z.ZodNumber]> = z.union([
  z.enum(['auto', 'crops']),
  count,
]);

/** Into how many tiles a picture of a prompt is cut. */
export const pictureTilesValue: z.ZodUnion<[z.ZodLiteral<'auto'>, z.ZodNumber]> = z.union([z.literal('auto'), count]);

/** Degrees clockwise by which pages are turned. */
export const rotateValue: z.ZodLiteral<'auto' | 0 | 90 | 180 | 270> = z.literal(['auto', 0, 90, 180, 270]);
