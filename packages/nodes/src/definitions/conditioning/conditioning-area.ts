import { choice, float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withEach } from '../../values/conditioning.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** Limits a prompt to a rectangle of the picture. */
export const conditioningArea = defineNode({
  type: 'ConditioningArea',
  version: 1,
  category: 'conditioning',
  description: 'Limits a prompt to a rectangle of the picture.',
  aliases: ['ConditioningSetArea', 'ConditioningSetAreaPercentage', 'regional prompt'],
  inputs: {
    conditioning: link(Conditioning),
    unit: choice(['pixels', 'share'], 'pixels'),
    x: float({ default: 0, min: 0, max: 16384 }),
    y: float({ default: 0, min: 0, max: 16384 }),
    width: float({ default: 64, min: 0, max: 16384 }),
    height: float({ default: 64, min: 0, max: 16384 }),
    strength: float({ default: 1, min: 0, max: 10 }),
  },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, strength, ...area }) => ({ conditioning: withEach(conditioning, { area, strength }) }),
})
