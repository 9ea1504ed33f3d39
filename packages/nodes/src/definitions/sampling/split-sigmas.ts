import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** Noise levels before and after a step; the one at the step is in both. */
export const splitSigmas = defineNode({
  type: 'SplitSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description:
    'Noise levels before and after a step; the one at the step is in both. For two models or settings in one run.',
  aliases: ['SplitSigmas'],
  inputs: { sigmas: link(Sigmas), step: int({ default: 10, min: 0, max: 10_000 }) },
  outputs: { high: Sigmas, low: Sigmas },
  traits({ values: { step }, links: { sigmas } }) {
    const steps = sigmas?.['steps']
    if (typeof steps !== 'number' || step === undefined) return {}
    const before = Math.min(step, steps)
    return { high: { steps: before }, low: { steps: steps - before } }
  },
  run: ({ sigmas, step }) => ({ high: sigmas.slice(0, step + 1), low: sigmas.slice(step) }),
})
