import { numberAt } from '@patchbay/onnx/tensor'
import { link, toggle } from '@patchbay/engine'
import { defineNode } from '../../../host/define-node.ts'
import { sizedLike } from '../../../image/filter.ts'
import { imageFrom, sizeOfImage } from '../../../image/image.ts'
import { Image, Mask } from '../../../values/socket-types.ts'

/** What a ControlNet for inpainting follows: a picture that says where it is to be made anew. */
export const maskedHint = defineNode({
  type: 'MaskedHint',
  version: 1,
  category: 'image/color',
  description:
    'What a ControlNet for inpainting follows: a picture whose masked pixels are -1, or black, which says that they are to be made anew.',
  aliases: ['InpaintPreprocessor', 'inpaint hint'],
  inputs: {
    image: link(Image),
    mask: link(Mask),
    black: toggle({ default: false, label: 'Black rather than -1' }),
  },
  outputs: { image: Image },
  run({ image, mask, black }) {
    const size = sizeOfImage(image)
    const cover = sizedLike(mask, size)
    const { batch, width, height, channels } = size
    const masks = Math.max(1, cover.data.length / (width * height))
    return {
      image: imageFrom({ batch, width, height, channels: 3 }, (k, y, x, c) => {
        const pixel = y * width + x
        if (numberAt(cover.data, (k % masks) * width * height + pixel) > 0.5) return black ? 0 : -1
        return numberAt(image.data, ((k * height + y) * width + x) * channels + c)
      }),
    }
  },
})
