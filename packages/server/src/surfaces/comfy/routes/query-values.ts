/** A text of a query or a body; undefined when it is none. */
export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A whole number of a query, 0 or more; undefined when it is none. */
export function numberIn(text: unknown): number | undefined {
  const number = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN
  return Number.isInteger(number) && number >= 0 ? number : undefined
}
