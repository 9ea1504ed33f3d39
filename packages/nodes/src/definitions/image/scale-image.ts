import { choice, float, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { scaleImage } from '../../image/fit.ts'
import { resizedAsComfy, scaledSizeAsComfy } from '../../image/comfyui/resize.ts'
import { sizeOfImage } from '../../image/image.ts'
import { resampleMethods } from '../../image/resample.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture larger or smaller by a factor. */
export const scaleImageNode = defineNode({
  type: 'ScaleImage',
  version: 1,
  category: 'image/transform',
  description: 'A picture larger or smaller by a factor.',
  aliases: ['ImageScaleBy', 'resize', 'upscale'],
  inputs: {
    image: link(Image),
    factor: float({ default: 2, min: 0.01, max: 16, step: 0.05 }),
    method: choice(resampleMethods, 'lanczos'),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  run: ({ image, factor, method, formulas }) => ({
    image:
      formulas === 'comfyui'
        ? resizedAsComfy(image, scaledSizeAsComfy(sizeOfImage(image), factor), method)
        : scaleImage(image, factor, method),
  }),
})
