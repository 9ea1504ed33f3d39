/**
 * Noise over a whole step is what a first segment left, damped over the rest, plus fresh noise for the rest: `carried`
 * and `fresh` for a rest of `share` of the step, whose fall of log SNR times eta is `hEta`. Their squares add up to the
 * whole step's variance.
 */
export function segmentNoise(hEta: number, share: number): { readonly carried: number; readonly fresh: number } {
  return { carried: Math.exp(-share * hEta), fresh: Math.sqrt(-Math.expm1(-2 * share * hEta)) }
}
