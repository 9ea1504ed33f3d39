import { binaryCrossEntropy, gradientsOf, ops, type Value } from '@patchbay/onnx'
import type { AdversarialLossName } from '../../values/critic.ts'

/** Logits of one head, of any shape; above 0 speaks for a real picture. */
export interface Verdicts {
  readonly real: Value
  readonly made: Value
}

export interface AdversarialLoss {
  /** What the maker of pictures is told. */
  maker(verdicts: Verdicts): Value
  critic(verdicts: Verdicts): Value
}

const is = (logits: Value, target: 0 | 1): Value => binaryCrossEntropy(logits, logits.graph.scalar('float32', target))
const mean = (value: Value): Value => ops.reduceMean(value, { keepDims: false })

/** The two sides of each loss, as scalars. */
export const adversarialLossesByName: Readonly<Record<AdversarialLossName, AdversarialLoss>> = {
  /** Goodfellow et al. (2014), section 3, the form that does not saturate. */
  'non-saturating': {
    maker: ({ made }) => is(made, 1),
    critic: ({ real, made }) => ops.mul(ops.add(is(real, 1), is(made, 0)), 0.5),
  },
  /** Lim and Ye (2017), eq. 12: nothing is left to learn of verdicts beyond -1 and 1. */
  hinge: {
    maker: ({ made }) => ops.neg(mean(made)),
    critic: ({ real, made }) => ops.add(mean(ops.relu(ops.sub(1, real))), mean(ops.relu(ops.add(made, 1)))),
  },
  /** Jolicoeur-Martineau (2018), eq. 3: each picture against the one beside it. */
  relativistic: {
    maker: ({ real, made }) => is(ops.sub(made, real), 1),
    critic: ({ real, made }) => is(ops.sub(real, made), 1),
  },
}

/**
 * The squared length of a critic's gradient on what it looks at, the mean over the batch (R1, Mescheder et al. 2018,
 * equation 9, without its half).
 * @param logits [batch, …]; those of one picture are averaged
 * @param seen what the logits are made of, each picture's from its own alone: [batch, …] each
 */
export function gradientPenalty(logits: Value, seen: readonly Value[]): Value {
  const batch = Number(logits.shape[0])
  const places = logits.shape.slice(1).reduce((product: number, size) => product * Number(size), 1)
  const verdicts = ops.mul(ops.reduceSum(logits, { keepDims: false }), 1 / places)
  const squares = gradientsOf(verdicts, seen).map((gradient) =>
    ops.reduceSum(ops.mul(gradient, gradient), { keepDims: false }),
  )
  return ops.mul(
    squares.reduce((sum, square) => ops.add(sum, square)),
    1 / batch,
  )
}
