import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'

export interface Curve {
  readonly x: readonly number[]
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

export interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** As many cells as columns; null where a row has no such cell. */
  readonly rows: readonly (readonly JsonValue[])[]
}

/** What a node shows, sorted by how it is read. */
export interface Report {
  readonly curve: Curve | undefined
  readonly facts: readonly { readonly name: string; readonly value: number | string | boolean }[]
  readonly texts: readonly { readonly name: string; readonly text: string }[]
  readonly tables: readonly Table[]
}

export function reportOf(shown: JsonObject): Report {
  const curve = lossCurve(shown)
  const facts: Report['facts'][number][] = []
  const texts: Report['texts'][number][] = []
  const tables: Table[] = []
  const drawn = new Set(curve ? Object.keys(shown).filter((name) => isNumbers(shown[name] ?? null)) : [])
  for (const [name, value] of Object.entries(shown)) {
    if (drawn.has(name) || value === null || value === undefined) continue
    if (typeof value === 'string' && /\n|.{60}/.test(value)) texts.push({ name, text: value })
    else if (typeof value !== 'object') facts.push({ name, value })
    else if (isList(value)) {
      const table = tableOf(name, value)
      if (table) tables.push(table)
      else if (value.length > 0) texts.push({ name, text: value.map(textOf).join('\n') })
    } else tables.push({ name, columns: ['', ''], rows: Object.entries(value).map(([key, one]) => [key, one]) })
  }
  return { curve, facts, texts, tables }
}

/** A list of objects is a table, with a column for every name that occurs. */
function tableOf(name: string, list: readonly JsonValue[]): Table | undefined {
  const rows = list.filter(isRecord)
  if (rows.length === 0 || rows.length !== list.length) return undefined
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return { name, columns, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) }
}

/** A value as it is read in a table: numbers to four digits, other things as they are written. */
export function textOf(value: JsonValue): string {
  if (value === null) return '–'
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * A curve in what a node shows: equally long lists of numbers, the one called `step` or `steps` (or the count) along
 * x.
 */
export function lossCurve(shown: JsonObject): Curve | undefined {
  const lists = Object.entries(shown).flatMap(([name, value]) => (isNumbers(value) ? [{ name, values: value }] : []))
  const along = lists.find(({ name }) => /^(step|steps|epoch|x)$/.test(name))
  const length = along?.values.length ?? Math.max(0, ...lists.map(({ values }) => values.length))
  const series = lists.filter((list) => list !== along && list.values.length === length)
  if (length < 2 || series.length === 0) return undefined
  return { x: along?.values ?? Array.from({ length }, (_, index) => index + 1), series }
}

/** Numbers that a node tells with its steps, such as `loss 0.0123` or `loss 0.2, rate 1e-4`. */
export function numbersIn(text: string): { readonly [name: string]: number } {
  const found: Record<string, number> = {}
  for (const part of text.split(/[,;·]/)) {
    const match = /^\s*([A-Za-z][A-Za-z_ ]*?)\s*[ =:]\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*$/i.exec(part)
    if (match?.[1] !== undefined) found[match[1]] = Number(match[2])
  }
  return found
}

/** The curve with one more step; the last one told again changes nothing, and one before it begins anew. */
export function extended(curve: Curve | undefined, step: number, numbers: { readonly [name: string]: number }): Curve {
  if (curve && step === curve.x.at(-1)) return curve
  const before = curve && step > (curve.x.at(-1) ?? 0) ? curve : { x: [], series: [] }
  const names = new Set([...before.series.map(({ name }) => name), ...Object.keys(numbers)])
  return {
    x: [...before.x, step],
    series: [...names].map((name) => ({
      name,
      values: [
        ...(before.series.find((one) => one.name === name)?.values ?? before.x.map(() => null)),
        numbers[name] ?? null,
      ],
    })),
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isRecord(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumbers(value: JsonValue): value is readonly number[] {
  return isList(value) && value.length > 0 && value.every((one) => typeof one === 'number')
}
