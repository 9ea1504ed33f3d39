import { betaSigmasNode } from './beta-sigmas.ts'
import { exponentialSigmasNode } from './exponential-sigmas.ts'
import { guidanceOptions } from './guidance-options.ts'
import { karrasSigmasNode } from './karras-sigmas.ts'
import { manualSigmas } from './manual-sigmas.ts'
import { noiseProcess } from './noise-process.ts'
import { noiseSampler } from './noise-sampler.ts'
import { sample } from './sample.ts'
import { sigmas } from './sigmas.ts'
import { splitSigmas } from './split-sigmas.ts'
import { trimSigmas } from './trim-sigmas.ts'
import { turboSigmasNode } from './turbo-sigmas.ts'
import { unetStep } from './unet-step.ts'

export const samplingNodes = [
  betaSigmasNode,
  exponentialSigmasNode,
  guidanceOptions,
  karrasSigmasNode,
  manualSigmas,
  noiseProcess,
  noiseSampler,
  sample,
  sigmas,
  splitSigmas,
  trimSigmas,
  turboSigmasNode,
  unetStep,
]
