import { choice, int, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { resizedAsComfy } from '../../image/comfyui/resize.ts'
import { sizeOfImage } from '../../image/image.ts'
import { resampleMethods, resizeImage } from '../../image/resample.ts'
import { roundHalfToEven } from '../../maths/rounding.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture whose longer side has so many pixels, in the same proportions. */
export const scaleToSide = defineNode({
  type: 'ScaleToSide',
  version: 1,
  category: 'image/transform',
  description: 'A picture whose longer side has so many pixels, in the same proportions.',
  aliases: ['ImageScaleToMaxDimension', 'resize', 'longest'],
  inputs: {
    image: link(Image),
    side: int({ default: 512, min: 1, max: 16384, unit: 'px' }),
    method: choice(resampleMethods, 'lanczos'),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  run({ image, side, method, formulas }) {
    const { width, height } = sizeOfImage(image)
    const scaled = (length: number) => Math.max(1, roundHalfToEven((length / Math.max(width, height)) * side))
    const size = { width: scaled(width), height: scaled(height) }
    return { image: formulas === 'comfyui' ? resizedAsComfy(image, size, method) : resizeImage(image, size, method) }
  },
})
