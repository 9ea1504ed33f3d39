import { readFile } from 'node:fs/promises'
import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { decodeFrames } from '../../image/frames.ts'
import { alphaOfImage } from '../../image/image.ts'
import { pictureEndings } from '../../image/picture-file.ts'
import { map } from '../../tensor/index.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** A picture from the input folder; its mask is where it is transparent. */
export const loadImage = defineNode({
  type: 'LoadImage',
  version: 1,
  category: 'image',
  description:
    'Opens a picture: PNG, JPEG, WebP, AVIF, GIF, TIFF, BMP or SVG; frames of an animation and pages of a TIFF are a batch. The mask is 1 where the picture is transparent, as painted in the mask editor.',
  aliases: ['open', 'upload', 'input', 'LoadImageMask'],
  inputs: {
    file: file({ folder: 'input', accept: pictureEndings }),
  },
  outputs: { image: Image, mask: Mask },
  lane: 'io',
  async run({ file: name }, { services }) {
    const { image, alpha } = await decodeFrames(await readFile(await services.pathOf('input', name)))
    return { image, mask: map(alpha ?? alphaOfImage(image), (value) => 1 - value) }
  },
})
