import { choice, float, int, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { samplerNames } from '../../diffusion/index.ts'
import { estimateSampling } from '../../sampling/estimates.ts'
import { findingsOfSampling } from '../../sampling/findings.ts'
import { sizeInTraits } from '../../sampling/memory-checks.ts'
import { continueRun } from '../../sampling/sample-latents.ts'
import { stepReporter } from '../../sampling/step-reporter.ts'
import { Conditioning, Latents, Model, Sigmas } from '../../values/socket-types.ts'

/**
 * One denoising step: predicts the noise in the latents and removes it (Ho et al. 2020, eq. 11; sampler-specific
 * update).
 */
export const unetStep = defineNode({
  type: 'UNetStep',
  version: 1,
  category: 'sampling',
  label: 'UNet step',
  description:
    'One denoising step: predicts the noise in the latents and removes what leads to the next level. A chain of them, step 0, 1, 2 …, gives exactly what Sample gives.',
  aliases: ['denoise', 'iteration'],
  inputs: {
    model: link(Model),
    latents: link(Latents),
    positive: link(Conditioning),
    negative: optionalLink(Conditioning),
    sigmas: link(Sigmas),
    step: int({ default: 0, min: 0, max: 9999 }),
    guidanceScale: float({ default: 5, min: 0, max: 30, step: 0.1 }),
    sampler: choice(samplerNames, 'euler'),
  },
  outputs: { latents: Latents, denoised: Latents },
  lane: 'gpu',
  traits({ links: { model = {}, latents } }) {
    const sized = { ...model, ...sizeInTraits(model, latents) }
    return { latents: sized, denoised: sized }
  },
  validate: ({ values: { guidanceScale }, links: { model, positive, negative, latents } }, services) =>
    findingsOfSampling({ model, positive, negative, latents, guidanceScale }, services),
  estimate: ({ values: { sampler = 'euler', guidanceScale = 5 }, links: { model, latents, negative } }, services) => {
    const isGuided = negative !== undefined && guidanceScale !== 1
    return estimateSampling({ model, latents }, { sampler, steps: 1, isGuided }, services)
  },
  async run({ model, latents, step, ...settings }, context) {
    const range = { first: step, end: step + 1 }
    const reporter = await stepReporter(model, 1, context)
    const result = await continueRun(context.services.sessions, model, latents, {
      ...settings,
      range,
      signal: context.signal,
      onStep: reporter.onStep,
    })
    await reporter.done()
    return result
  },
})
