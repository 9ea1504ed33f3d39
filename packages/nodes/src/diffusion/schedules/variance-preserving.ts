import { linspace } from './scheduler.ts'

/**
 * The noise levels of a variance-preserving process at even times from 1 down to `earliest`, then 0:
 * √(exp(βd·t²/2 + βmin·t) − 1) (Song et al. 2021, "Score-based generative modeling", appendix C).
 */
export function variancePreservingSigmas(steps: number, betaD: number, betaMin: number, earliest: number): number[] {
  const levels = linspace(1, earliest, steps).map((t) => Math.sqrt(Math.expm1((betaD * t * t) / 2 + betaMin * t)))
  return [...levels, 0]
}
