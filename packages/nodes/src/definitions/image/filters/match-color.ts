import { float, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { withColorsOf } from '../../../image/color-transfer.ts'
import { Image, Mask } from '../../../values/socket-types.ts'

/** A picture with the colours of another. */
export const matchColor = defineNode({
  type: 'MatchColor',
  version: 1,
  category: 'image/color',
  description:
    'Gives a picture the mean and the spread of the colours of another (Reinhard et al. 2001). What a mask covers is not counted.',
  aliases: ['INPAINT_ColorMatch', 'color transfer', 'tone'],
  inputs: {
    target: link(Image),
    reference: link(Image),
    exclude: optionalLink(Mask),
    strength: float({ default: 1, min: 0, max: 1, step: 0.01, slider: true }),
  },
  outputs: { image: Image },
  run: ({ target, reference, exclude, strength }) => ({
    image: withColorsOf(target, reference, { strength, ...(exclude && { excluded: exclude }) }),
  }),
})
