/** Reads fields of a model's `config.json`, and says in words which field is not what the architecture needs. */
export interface ConfigFields {
  has(name: string): boolean
  number(name: string, fallback?: number): number
  numbers(name: string, length: number, fallback?: number): readonly number[]
  /** A list of numbers of any length. */
  list(name: string): readonly number[]
  text(name: string, fallback?: string): string
  texts(name: string): readonly string[]
  toggle(name: string, fallback: boolean): boolean
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * @param title what messages call the file, e.g. `unet/config.json`
 * @throws ConfigError from its methods, where a field is missing or of another kind than asked for
 */
export function configFields(title: string, json: unknown): ConfigFields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError(`${title}: expected a JSON object with the model's settings, got ${shown(json)}`)
  }
  const fields = new Map(Object.entries(json).filter(([, value]) => value !== null && value !== undefined))
  const wrong = (name: string, expected: string): ConfigError =>
    new ConfigError(
      fields.has(name)
        ? `${title}: expected "${name}" to be ${expected}, got ${shown(fields.get(name))}`
        : `${title}: the field "${name}" (${expected}) is missing`,
    )
  const number = (name: string, fallback?: number): number => {
    const value = fields.get(name) ?? fallback
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw wrong(name, 'a number')
  }
  const list = (name: string): readonly number[] => {
    const value = fields.get(name)
    if (isNumbers(value) && value.length > 0) return value
    throw wrong(name, 'a list of numbers')
  }
  return {
    has: (name) => fields.has(name),
    number,
    list,
    numbers(name, length, fallback) {
      const value = fields.get(name) ?? fallback
      if (typeof value === 'number' && Number.isFinite(value)) return Array.from({ length }, () => value)
      if (isNumbers(value) && value.length === length) return value
      throw wrong(name, `a number or a list of ${length} numbers`)
    },
    text(name, fallback) {
      const value = fields.get(name) ?? fallback
      if (typeof value === 'string') return value
      throw wrong(name, 'a text')
    },
    texts(name) {
      const value = fields.get(name)
      if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
      throw wrong(name, 'a list of texts')
    },
    toggle(name, fallback) {
      const value = fields.get(name) ?? fallback
      if (typeof value === 'boolean') return value
      throw wrong(name, 'true or false')
    },
  }
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number' && Number.isFinite(entry))
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
