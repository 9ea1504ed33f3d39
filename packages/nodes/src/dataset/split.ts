import { createHash } from 'node:crypto'

export type Split = 'train' | 'held-out-concept' | 'held-out-style'

export interface SplitRule {
  /** The style that training never sees: what "another hand" draws. */
  readonly heldOutStyle: string
  /** Share of concepts, 0 to 1, that training never sees in any style. */
  readonly heldOutShare: number
}

export const defaultSplitRule: SplitRule = { heldOutStyle: 'twemoji', heldOutShare: 0.05 }

/**
 * Which part of the data a picture belongs to. It depends on the concept's name and the rule alone, so that it stays
 * the same when styles or concepts are added, and a held-out concept is held out in every style.
 */
export function splitOf(concept: string, style: string | undefined, rule: SplitRule = defaultSplitRule): Split {
  if (positionOf(concept) < rule.heldOutShare) return 'held-out-concept'
  return style === rule.heldOutStyle ? 'held-out-style' : 'train'
}

/** A number in [0, 1) that is spread evenly over names: the first 32 bits of their SHA-256. */
function positionOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32
}
