import { choice, float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { averaged, averageLengths } from '../../values/conditioning-operations.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** One prompt moved towards another: 1 is the first, 0 the second. */
export const averageConditioning = defineNode({
  type: 'AverageConditioning',
  version: 1,
  category: 'conditioning',
  description: 'One prompt moved towards another: 1 is the first, 0 the second.',
  aliases: ['ConditioningAverage', 'blend', 'interpolate'],
  inputs: {
    to: link(Conditioning),
    from: link(Conditioning),
    strength: float({ default: 0.5, min: 0, max: 1, slider: true }),
    length: choice(averageLengths, 'longer', {
      advanced: true,
      description: 'Which of the two says how long the result is: the longer one, or the first, as in ComfyUI.',
    }),
  },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { to = {} } }) => ({ conditioning: to }),
  run: ({ to, from, strength, length }) => ({ conditioning: averaged(to, from, strength, length) }),
})
