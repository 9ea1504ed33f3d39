import { choice, float, int, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { scaleToPixels } from '../../image/fit.ts'
import { pixelSizeAsComfy, resizedAsComfy } from '../../image/comfyui/resize.ts'
import { resampleMethods } from '../../image/resample.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture of so many megapixels in the same proportions, its sides multiples of a number. */
export const scaleToPixelsNode = defineNode({
  type: 'ScaleToPixels',
  version: 1,
  category: 'image/transform',
  description: 'A picture of so many megapixels in the same proportions, its sides multiples of a number.',
  aliases: ['ImageScaleToTotalPixels', 'resize'],
  inputs: {
    image: link(Image),
    megapixels: float({ default: 1, min: 0.001, max: 256, step: 0.01 }),
    multiple: int({ default: 8, min: 1, max: 256 }),
    method: choice(resampleMethods, 'lanczos'),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  run: ({ image, megapixels, multiple, method, formulas }) => ({
    image:
      formulas === 'comfyui'
        ? resizedAsComfy(image, pixelSizeAsComfy(image, megapixels * 2 ** 20, multiple), method)
        : scaleToPixels(image, megapixels * 2 ** 20, multiple, method),
  }),
})
