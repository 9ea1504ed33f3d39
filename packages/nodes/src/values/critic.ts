import type { ScoreTowers } from '../scoring/score-towers.ts'

/**
 * `patch` learns its own eyes and judges patches. `projected` judges what frozen score towers see, at several scales.
 * `text` does so beside the caption.
 */
export const criticKinds = ['patch', 'projected', 'text'] as const
export type CriticKind = (typeof criticKinds)[number]

export const adversarialLossNames = ['non-saturating', 'hinge', 'relativistic'] as const
export type AdversarialLossName = (typeof adversarialLossNames)[number]

/** A critic as chosen in a graph, to be trained beside whatever makes pictures. */
export interface CriticChoice {
  readonly kind: CriticKind
  readonly loss: AdversarialLossName
  /** Of what the maker of pictures is told by it, beside its own loss; 0 is no critic at all. */
  readonly weight: number
  /** The step from which it is heard, counted from 0; it learns from the first. */
  readonly from: number
  /** Of the squared length of its gradient on real pictures (R1); 0 for none. */
  readonly gradientPenalty: number
  /** What it sees with; missing for `patch`. */
  readonly towers?: ScoreTowers
}
