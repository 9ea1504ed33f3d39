import { float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { flowProcess, fluxShift } from '../../diffusion/index.ts'
import { Model } from '../../values/socket-types.ts'

/** Pixels on one side of a token. */
const tokenSide = 16

/** How far a flow's schedule leans towards noise, by the size of the picture. */
export const shiftBySize = defineNode({
  type: 'ShiftBySize',
  version: 1,
  category: 'sampling/model',
  description:
    'For flow models such as Flux.1: the larger the picture, the longer the noisy part of the schedule. The shift is the exponential of a line through the base (256 tokens of 16 × 16 px) and the most (4096).',
  aliases: ['ModelSamplingFlux', 'shift', 'flux'],
  inputs: {
    model: link(Model),
    maxShift: float({ default: 1.15, min: 0, max: 100 }),
    baseShift: float({ default: 0.5, min: 0, max: 100 }),
    width: int({ default: 1024, min: 16, max: 16_384, step: 8 }),
    height: int({ default: 1024, min: 16, max: 16_384, step: 8 }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run({ model, maxShift, baseShift, width, height }) {
    const tokens = (width / tokenSide) * (height / tokenSide)
    return { model: { ...model, process: flowProcess({ shift: fluxShift(tokens, baseShift, maxShift) }) } }
  },
})
