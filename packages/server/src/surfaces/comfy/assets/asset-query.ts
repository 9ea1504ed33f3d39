import type { JsonObject } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../../is-json-object.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'

export const refused = (status: number, code: string, message: string): ComfyRefusal =>
  new ComfyRefusal(status, { error: { code, message, details: {} } })

/** A whole number of a query, from `min` to `max`. */
export function wholeIn(given: unknown, fallback: number, min: number, max: number): number {
  const number = given === undefined ? fallback : Number(given)
  if (Number.isInteger(number) && number >= min && number <= max) return number
  throw refused(400, 'INVALID_QUERY', `limit and offset are whole numbers from ${min}.`)
}

/** Tags of a query or a form, with commas between them. */
export function tagsIn(given: unknown): string[] {
  const tags = typeof given === 'string' ? given.split(',').flatMap((tag) => tag.trim() || []) : []
  if (tags.length > 100) throw refused(400, 'INVALID_TAG_FILTER', 'At most 100 tags are looked for.')
  return tags
}

/** A JSON object as text; `{}` without a text. */
export function objectIn(text: unknown, code: string, name: string): JsonObject {
  if (typeof text !== 'string' || text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Told below.
  }
  throw refused(400, code, `${name} must be a JSON object.`)
}
