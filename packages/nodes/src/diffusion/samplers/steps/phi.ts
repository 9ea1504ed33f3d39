/** h·φ₁(h) = e^h − 1, the weight of a constant estimate in an exponential integrator. */
export function hPhi1(h: number): number {
  return Math.expm1(h)
}

/** h·φ₂(h) = (e^h − 1 − h) / h, the weight of its slope; by its series near 0, where the difference would cancel. */
export function hPhi2(h: number): number {
  if (Math.abs(h) > 1e-2) return (Math.expm1(h) - h) / h
  return (h / 2) * (1 + (h / 3) * (1 + (h / 4) * (1 + (h / 5) * (1 + h / 6))))
}
