import { int, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Sigmas } from '../../values/socket-types.ts'

/** The noise levels from one step to another, as they are or ending without noise. */
export const trimSigmas = defineNode({
  type: 'TrimSigmas',
  version: 1,
  category: 'sampling/sigmas',
  description:
    'The noise levels from one step to another. A run of them may end with the noise that is left, or without any.',
  aliases: ['start_at_step', 'end_at_step', 'KSamplerAdvanced'],
  inputs: {
    sigmas: link(Sigmas),
    first: int({ default: 0, min: 0, max: 10_000, label: 'First step' }),
    last: int({ default: 10_000, min: 0, max: 10_000, label: 'Last step' }),
    toZero: toggle({ default: false, label: 'Remove all noise in the last step' }),
  },
  outputs: { sigmas: Sigmas },
  run({ sigmas, first, last, toZero }) {
    const levels = sigmas.slice(first, last + 1)
    return { sigmas: toZero && levels.length > 1 ? [...levels.slice(0, -1), 0] : levels }
  },
})
