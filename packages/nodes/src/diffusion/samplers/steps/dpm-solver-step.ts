import type { Tensor } from '@patchbay/onnx/tensor'
import { sum } from '../../../tensor/index.ts'
import { derivative, type Denoise } from './sampler.ts'

/** Where a single-step DPM-Solver starts: x at sigma, and the slope d there. */
export interface SolverStart {
  readonly denoise: Denoise
  readonly x: Tensor
  readonly sigma: number
  readonly d: Tensor
}

async function slopeAt(denoise: Denoise, x: Tensor, sigma: number): Promise<Tensor> {
  return derivative(x, sigma, await denoise(x, sigma))
}

/** DPM-Solver-1, that is DDIM: Lu et al. (2022), "DPM-Solver", eq. 3.7. */
export function dpmSolver1({ x, sigma, d }: SolverStart, sigmaNext: number): Tensor {
  return sum([
    [1, x],
    [sigmaNext - sigma, d],
  ])
}

/** DPM-Solver-2 with an intermediate slope at `share` of the step in log sigma (Algorithm 1 and appendix B). */
export async function dpmSolver2(start: SolverStart, sigmaNext: number): Promise<Tensor> {
  return secondOrder(start, sigmaNext, 1 / 2, await slopeWithin(start, sigmaNext, 1 / 2))
}

/** The slope at `share` of the step in log sigma, reached with a step of first order. */
async function slopeWithin(start: SolverStart, sigmaNext: number, share: number): Promise<Tensor> {
  const middle = start.sigma ** (1 - share) * sigmaNext ** share
  return slopeAt(start.denoise, dpmSolver1(start, middle), middle)
}

function secondOrder({ x, sigma, d }: SolverStart, sigmaNext: number, share: number, dWithin: Tensor): Tensor {
  const dt = sigmaNext - sigma
  const weight = dt / (2 * share)
  return sum([
    [1, x],
    [dt - weight, d],
    [weight, dWithin],
  ])
}

/** DPM-Solver-3 with intermediate slopes at one and two thirds of the step in log sigma (Algorithm 2). */
export async function dpmSolver3(start: SolverStart, sigmaNext: number): Promise<Tensor> {
  return thirdOrder(start, sigmaNext, await slopeWithin(start, sigmaNext, 1 / 3))
}

/** The same step in second and third order, from the same slope at a third: their difference estimates the error. */
export async function dpmSolver23(start: SolverStart, sigmaNext: number): Promise<{ low: Tensor; high: Tensor }> {
  const d1 = await slopeWithin(start, sigmaNext, 1 / 3)
  return { low: secondOrder(start, sigmaNext, 1 / 3, d1), high: await thirdOrder(start, sigmaNext, d1) }
}

async function thirdOrder({ denoise, x, sigma, d }: SolverStart, sigmaNext: number, d1: Tensor): Promise<Tensor> {
  const [r1, r2] = [1 / 3, 2 / 3]
  const h = Math.log(sigma / sigmaNext)
  const sigma2 = sigma * Math.exp(-r2 * h)
  // −σ·(e^(rh) − 1) is the step in sigma itself; σ·((e^(rh) − 1)/(rh) − 1) weighs the change of slope.
  const bend2 = -sigma2 * (r2 / r1) * (Math.expm1(r2 * h) / (r2 * h) - 1)
  const x2 = sum([
    [1, x],
    [sigma2 - sigma - bend2, d],
    [bend2, d1],
  ])
  const d2 = await slopeAt(denoise, x2, sigma2)
  const bend3 = (-sigmaNext / r2) * (Math.expm1(h) / h - 1)
  return sum([
    [1, x],
    [sigmaNext - sigma - bend3, d],
    [bend3, d2],
  ])
}

/** The last sigma above 0: these solvers work in log sigma and end there. */
export function lowestSigma(sigmas: readonly number[]): number {
  return sigmas.findLast((sigma) => sigma > 0) ?? 0
}
