/**
 * How closely a network computes. `exact`: in float32. `fast`: products and convolutions in 8 bits, where the processor
 * gains by it. `small`: as `fast`, with the weights of products in 4 bits: the least memory.
 */
export const precisions = ['exact', 'fast', 'small'] as const
export type Precision = (typeof precisions)[number]

/** Names work of a kind at a precision, to find out how fast a device does it. */
export const workAt = (work: string, precision: Precision): string =>
  precision === 'exact' ? work : `${work}, ${precision}`

/** The precision of a part, where it says one. */
export const precisionOf = ({
  precision,
}: {
  readonly precision?: Precision | undefined
}): { readonly precision?: Precision } => (precision === undefined ? {} : { precision })

/** The key of a model at a precision: another session, and other results. */
export const keyAt = (key: string, precision: Precision): string =>
  precision === 'exact' ? key : `${key}|${precision}`
