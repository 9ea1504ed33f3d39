import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withEach } from '../../values/conditioning.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** Limits a prompt to a stretch of sampling: 0 is its start, 1 its end. */
export const conditioningRange = defineNode({
  type: 'ConditioningRange',
  version: 1,
  category: 'conditioning',
  description: 'Limits a prompt to a stretch of sampling: 0 is its start, 1 its end.',
  aliases: ['ConditioningSetTimestepRange', 'timesteps'],
  inputs: {
    conditioning: link(Conditioning),
    start: float({ default: 0, min: 0, max: 1, slider: true }),
    end: float({ default: 1, min: 0, max: 1, slider: true }),
  },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  validate: ({ values: { start = 0, end = 1 } }) =>
    start > end ? [{ input: 'start', message: `start (${start}) is after end (${end}).` }] : [],
  run: ({ conditioning, start, end }) => ({ conditioning: withEach(conditioning, { during: [start, end] }) }),
})
