import { float, link } from '@patchbay/engine'
import { formulasInput } from '../../formulas-input.ts'
import { defineNode } from '../../../host/define-node.ts'
import { findEdges } from '../../../image/filter.ts'
import { Image } from '../../../values/socket-types.ts'

/** Edges as white lines on black, by the method of Canny: for ControlNets, and to see structure. */
export const findEdgesNode = defineNode({
  type: 'FindEdges',
  version: 1,
  category: 'image/filter',
  description: 'Edges as white lines on black, by the method of Canny: for ControlNets, and to see structure.',
  aliases: ['Canny', 'lines', 'outline'],
  inputs: {
    image: link(Image),
    low: float({ default: 0.2, min: 0, max: 4, step: 0.01 }),
    high: float({ default: 0.6, min: 0, max: 4, step: 0.01 }),
    smoothing: float({ default: 1, min: 0, max: 16, step: 0.1, advanced: true }),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  validate: ({ values: { low, high } }) =>
    low !== undefined && high !== undefined && low > high
      ? [{ input: 'low', message: `low (${low}) is above high (${high}).` }]
      : [],
  run: ({ image, low, high, smoothing, formulas }) => ({
    // ComfyUI smooths over five pixels, with the picture mirrored at its border.
    image: findEdges(image, low, high, smoothing, formulas === 'comfyui' ? { reach: 2, edges: 'mirror' } : {}),
  }),
})
