import type { CoercionManifest } from './node-manifest.ts'

/** Fits every socket; what really passes is checked where it arrives. */
export const anyTypeName = '*'

/** The types of value inputs, so that every value can be linked instead. */
export const valueTypeNames = ['int', 'float', 'text', 'toggle'] as const
export type ValueTypeName = (typeof valueTypeNames)[number]

/** Conversions that lose nothing a person would miss, and are always there. */
export const builtInCoercions: readonly (CoercionManifest & {
  readonly from: ValueTypeName
  readonly to: ValueTypeName
})[] = [
  { from: 'int', to: 'float' },
  { from: 'toggle', to: 'int' },
  { from: 'toggle', to: 'float' },
  { from: 'int', to: 'text' },
  { from: 'float', to: 'text' },
  { from: 'toggle', to: 'text' },
]

export type Connection =
  { readonly ok: true; readonly coercion?: CoercionManifest } | { readonly ok: false; readonly reason: string }

/**
 * Whether an output of type `from` may feed an input that takes any of `to`, and through which conversion. A type that
 * fits as it is goes before any conversion; among conversions the first of the table wins.
 */
export function canConnect(
  from: string,
  to: readonly string[],
  coercions: readonly CoercionManifest[] = builtInCoercions,
): Connection {
  if (from === anyTypeName || to.includes(anyTypeName) || to.includes(from)) return { ok: true }
  const coercion = coercions.find((candidate) => candidate.from === from && to.includes(candidate.to))
  if (coercion) return { ok: true, coercion }
  return { ok: false, reason: `${quoted(from)} is not assignable to ${listed(to)}${wayRound(from, to, coercions)}` }
}

/** A conversion over one more type is never made silently, but it is worth telling. */
function wayRound(from: string, to: readonly string[], coercions: readonly CoercionManifest[]): string {
  const between = coercions.find(
    (first) => first.from === from && coercions.some((second) => second.from === first.to && to.includes(second.to)),
  )
  return between ? ` (a node that turns it into ${quoted(between.to)} first would do)` : ''
}

function listed(names: readonly string[]): string {
  const all = names.map(quoted)
  const last = all.pop() ?? 'nothing'
  return all.length === 0 ? last : `${all.join(', ')} or ${last}`
}

function quoted(name: string): string {
  return JSON.stringify(name)
}
