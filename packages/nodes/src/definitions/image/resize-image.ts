import { choice, int, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { fits, resizeToFit } from '../../image/fit.ts'
import { openSizeAsComfy, resizedAsComfy } from '../../image/comfyui/resize.ts'
import { sizeOfImage } from '../../image/image.ts'
import { resampleMethods } from '../../image/resample.ts'
import { Image } from '../../values/socket-types.ts'

/** A picture in another size. */
export const resizeImage = defineNode({
  type: 'ResizeImage',
  version: 1,
  category: 'image/transform',
  description:
    'Another size in pixels; 0 keeps the proportions. "cover" fills the size and cuts what is over, "contain" fits inside with a margin, "stretch" distorts.',
  aliases: ['ImageScale', 'scale', 'size'],
  inputs: {
    image: link(Image),
    width: int({ default: 512, min: 0, max: 16384, unit: 'px' }),
    height: int({ default: 512, min: 0, max: 16384, unit: 'px' }),
    fit: choice(fits, 'cover'),
    method: choice(resampleMethods, 'lanczos'),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  run({ image, width, height, fit, method, formulas }) {
    if (formulas === 'published' || fit === 'contain') {
      return { image: resizeToFit(image, { width, height }, fit, method) }
    }
    const size = openSizeAsComfy(sizeOfImage(image), { width, height })
    return { image: resizedAsComfy(image, size, method, fit === 'cover') }
  },
})
