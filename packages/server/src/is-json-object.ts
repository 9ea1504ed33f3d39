import type { JsonObject } from '@patchbay/engine/workflow'

/** For a value that came out of JSON: whether it is an object, and not a list or null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
