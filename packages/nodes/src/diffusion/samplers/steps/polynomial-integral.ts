/** Nodes and weights on [−1, 1] of the 16-point Gauss–Legendre rule, exact for polynomials up to degree 31. */
const nodes = [
  0.09501250983763744, 0.2816035507792589, 0.45801677765722737, 0.6178762444026438, 0.755404408355003,
  0.8656312023878318, 0.9445750230732326, 0.9894009349916499,
]
const weights = [
  0.1894506104550685, 0.1826034150449236, 0.16915651939500254, 0.14959598881657673, 0.12462897125553388,
  0.09515851168249279, 0.06225352393864789, 0.027152459411754095,
]

/** ∫ f from `start` to `end`, for smooth f. */
export function integrate(f: (at: number) => number, start: number, end: number): number {
  const [middle, half] = [(start + end) / 2, (end - start) / 2]
  let sum = 0
  for (const [i, node] of nodes.entries()) {
    sum += numberAt(weights, i) * (f(middle - half * node) + f(middle + half * node))
  }
  return sum * half
}

/** The polynomial that is 1 at points[j] and 0 at the others, at `at`. */
export function lagrange(points: readonly number[], j: number, at: number): number {
  const own = numberAt(points, j)
  return points.reduce((product, point, k) => (k === j ? product : (product * (at - point)) / (own - point)), 1)
}

/**
 * The weights with which values at `points` enter ∫ p(t) · weight(t) dt from `start` to `end`, p being the polynomial
 * through them: the coefficients of a variable-step Adams method.
 */
export function adamsCoefficients(
  points: readonly number[],
  start: number,
  end: number,
  weight: (at: number) => number = () => 1,
): number[] {
  return points.map((_, j) => integrate((at) => lagrange(points, j, at) * weight(at), start, end))
}
import { numberAt } from '@patchbay/onnx/tensor'
