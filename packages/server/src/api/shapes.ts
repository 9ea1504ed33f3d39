import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { z } from 'zod'

/** True where two types are the same, down to `readonly` and the fields that may be missing. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/**
 * Holds a schema to a type of the engine, which declares its own values without a library: it does not compile where
 * the two differ anywhere.
 */
export const conformsTo =
  <Type>() =>
  <Schema extends z.ZodType>(schema: Same<Type, z.output<Schema>> extends true ? Schema : never): Schema =>
    schema

/** An object with these fields and no others. A field of `exactOptional` may be missing, and is never undefined. */
export const objectOf = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.strictObject(shape).readonly()
export const listOf = <Schema extends z.ZodType>(element: Schema) => z.array(element).readonly()
export const recordOf = <Schema extends z.ZodType>(values: Schema) => z.record(z.string(), values).readonly()

/**
 * Any JSON; the type is the engine's, whose lists and objects are not to be changed. It is not walked through: what
 * comes in has been parsed as JSON, and looking at each of a million values once more would hold up everybody.
 */
export const jsonValue: z.ZodType<JsonValue, JsonValue> = z.any().refine((value) => value !== undefined, 'is missing')
export const jsonObject: z.ZodType<JsonObject, JsonObject> = z.record(z.string(), jsonValue).readonly()
export const time = z.number().describe('Milliseconds since 1970.')
export const bytes = z.number().min(0)
export const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/)
