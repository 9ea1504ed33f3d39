import { noiseSampler } from './noise-sampler.ts'
import { sample } from './sample.ts'
import { sigmas } from './sigmas.ts'
import { unetStep } from './unet-step.ts'

export const samplingNodes = [noiseSampler, sample, sigmas, unetStep]
