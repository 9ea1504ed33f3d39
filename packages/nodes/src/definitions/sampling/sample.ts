import { choice, float, int, link, optionalLink, seed, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { formulaSets, samplerNames, schedulerNames, sigmasFor } from '../../diffusion/index.ts'
import { noiseGenerators } from '../../random/index.ts'
import { estimateSampling } from '../../sampling/estimates.ts'
import { findingsOfSampling } from '../../sampling/findings.ts'
import { sizeInTraits } from '../../sampling/memory-checks.ts'
import { continueRun, startRun } from '../../sampling/sample-latents.ts'
import { stepReporter } from '../../sampling/step-reporter.ts'
import { Conditioning, Latents, Model, Sigmas } from '../../values/socket-types.ts'

/** A whole run: noise, every step, clean latents. */
export const sample = defineNode({
  type: 'Sample',
  version: 1,
  category: 'sampling',
  description:
    'Adds noise from a seed and removes it step by step, guided by prompts. A denoise strength below 1 keeps as much of the latents that come in.',
  aliases: ['KSampler', 'sampler', 'generate', 'denoise', 'img2img'],
  inputs: {
    model: link(Model),
    positive: link(Conditioning),
    negative: optionalLink(Conditioning),
    latents: link(Latents),
    sigmas: optionalLink(Sigmas, { description: 'Replaces the steps, the scheduler and the denoise strength.' }),
    seed: seed(),
    steps: int({ default: 20, min: 1, max: 10_000 }),
    guidanceScale: float({
      default: 5,
      min: 0,
      max: 100,
      step: 0.1,
      description: 'How closely it follows the prompt: 4 to 8 for most models, 1 for Turbo and Lightning.',
    }),
    sampler: choice(samplerNames, 'euler'),
    scheduler: choice(schedulerNames, 'karras'),
    denoiseStrength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }),
    eta: float({
      default: 1,
      min: 0,
      max: 100,
      advanced: true,
      description: 'How much noise a stochastic sampler adds.',
    }),
    noiseScale: float({
      default: 1,
      min: 0,
      max: 100,
      advanced: true,
      description: 'A factor on the noise that a stochastic sampler adds.',
    }),
    generator: choice(noiseGenerators, 'philox', { advanced: true }),
    formulas: choice(formulaSets, 'published', {
      advanced: true,
      description:
        "Whose formulas samplers, guidance and masks follow where programs differ: the papers', or ComfyUI's.",
    }),
    addNoise: toggle({
      default: true,
      advanced: true,
      description: 'Off to go on from latents that another run left noisy.',
    }),
    variationSeed: int({
      default: 0,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      advanced: true,
      description: 'The noise that a variation goes towards; picture k of a batch has that of this seed + k.',
    }),
    variationStrength: float({
      default: 0,
      min: 0,
      max: 1,
      step: 0.01,
      slider: true,
      advanced: true,
      description: 'How far: 0 is the picture of the seed, small values are pictures much like it.',
    }),
  },
  outputs: { latents: Latents, denoised: Latents },
  lane: 'gpu',
  traits({ links: { model = {}, latents } }) {
    const sized = { ...model, ...sizeInTraits(model, latents) }
    return { latents: sized, denoised: sized }
  },
  validate: ({ values: { guidanceScale }, links: { model, positive, negative, latents } }, services) =>
    findingsOfSampling({ model, positive, negative, latents, guidanceScale }, services),
  async estimate({ values, links: { model, latents, negative, sigmas } }, services) {
    const { steps: chosen = 20, sampler = 'euler', denoiseStrength = 1, guidanceScale = 5 } = values
    const linked = sigmas?.['steps']
    const steps = typeof linked === 'number' ? linked : denoiseStrength === 0 ? 0 : chosen
    const isGuided = negative !== undefined && guidanceScale !== 1
    return estimateSampling({ model, latents }, { sampler, steps, isGuided }, services)
  },
  async run(inputs, context) {
    const { model, latents, steps, scheduler, denoiseStrength, seed, generator, addNoise, ...others } = inputs
    const { variationSeed, variationStrength, ...settings } = others
    const { sampler, formulas } = settings
    const rules = { sampler, formulas, takesAll: true }
    const sigmas = settings.sigmas ?? sigmasFor(model.process, scheduler, steps, denoiseStrength, rules)
    const variation = { seed: variationSeed, strength: variationStrength }
    const reporter = await stepReporter(model, sigmas.length - 1, context)
    const result = await continueRun(
      context.services.sessions,
      model,
      startRun(model, latents, sigmas, { seed, generator }, addNoise, variation),
      { ...settings, sigmas, signal: context.signal, onStep: reporter.onStep },
    )
    await reporter.done()
    return result
  },
})
