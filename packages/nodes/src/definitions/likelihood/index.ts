export { diffusionBound } from './diffusion-bound.ts'
export { likelihoodReport } from './likelihood-report.ts'
export { vaeBound } from './vae-bound.ts'
