import { z } from 'zod'

/** A whole number from 0 to `max` in a query. */
export const count = (max: number) => z.coerce.number().int().min(0).max(max)
