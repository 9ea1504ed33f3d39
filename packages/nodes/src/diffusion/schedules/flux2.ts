/**
 * Flux.2's noise levels: even timesteps moved towards noise by exp(μ) / (exp(μ) + 1/t − 1), the last 0. μ
 * goes along lines with the number of tokens of the picture, fitted by its makers for 10 steps and for 200, and
 * between them with the number of steps; from 4,300 tokens on the steps no longer count.
 */
export function flux2Sigmas(steps: number, tokens: number): number[] {
  const factor = Math.exp(flux2Mu(steps, tokens))
  const moved = (t: number): number => factor / (factor + 1 / t - 1)
  return Array.from({ length: steps + 1 }, (_, step) => (step === steps ? 0 : moved(1 - step / steps)))
}

function flux2Mu(steps: number, tokens: number): number {
  const ofMany = 0.00016927 * tokens + 0.45666666
  if (tokens > 4300) return ofMany
  const ofFew = 8.73809524e-5 * tokens + 1.89833333
  const slope = (ofMany - ofFew) / 190
  return slope * steps + ofMany - 200 * slope
}
