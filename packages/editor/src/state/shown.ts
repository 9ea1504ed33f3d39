import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'

export interface Curve {
  readonly x: readonly number[]
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

/** A curve in what a node shows: equally long lists of numbers, the one called `step` or `steps` (or the count) along x. */
export function lossCurve(shown: JsonObject): Curve | undefined {
  const lists = Object.entries(shown).flatMap(([name, value]) => (isNumbers(value) ? [{ name, values: value }] : []))
  const along = lists.find(({ name }) => /^(step|steps|epoch|x)$/.test(name))
  const length = along?.values.length ?? Math.max(0, ...lists.map(({ values }) => values.length))
  const series = lists.filter((list) => list !== along && list.values.length === length)
  if (length < 2 || series.length === 0) return undefined
  return { x: along?.values ?? Array.from({ length }, (_, index) => index + 1), series }
}

function isNumbers(value: JsonValue): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one: JsonValue) => typeof one === 'number')
}
