import { z } from 'zod'

/** A whole number from 0 to `max` in a query. */
export const count = (max: number) => z.coerce.number().int().min(0).max(max)

/** A list of up to `most`, written as one value with commas. */
export const commaList = <Schema extends z.ZodType>(element: Schema, most: number) =>
  z.preprocess((text) => (typeof text === 'string' ? text.split(',') : text), z.array(element).max(most))
