import { z } from 'zod'

type SameKeys<A, B> = [keyof A] extends [keyof B] ? ([keyof B] extends [keyof A] ? true : false) : false

/**
 * Holds a schema to a type of the protocol: it does not compile where the schema would refuse a value of that type, or where one names a
 * field that the other lacks.
 */
export const conformsTo =
  <Type>() =>
  <Schema extends z.ZodType>(
    schema: [Type] extends [z.output<Schema>]
      ? SameKeys<Type, z.output<Schema>> extends true
        ? Schema
        : never
      : never,
  ): Schema =>
    schema

export const listOf = <Schema extends z.ZodType>(element: Schema) => z.array(element).readonly()
export const jsonObject = z.record(z.string(), z.unknown()).readonly()
export const time = z.number().describe('Milliseconds since 1970.')
export const bytes = z.number().min(0)
