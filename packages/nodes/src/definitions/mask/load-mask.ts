import { readFile } from 'node:fs/promises'
import { choice, file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { pictureEndings } from '../../image/picture-file.ts'
import { decodeFrames } from '../../image/frames.ts'
import { channelOf } from '../../image/composite.ts'
import { alphaOfImage } from '../../image/image.ts'
import { invertMask } from '../../image/mask.ts'
import { Mask } from '../../values/socket-types.ts'

/** A mask from one channel of a picture in the input folder. */
export const loadMask = defineNode({
  type: 'LoadMask',
  version: 1,
  category: 'mask',
  description:
    'A mask from one channel of a picture in the input folder: 1 where the channel is full, or where the picture is transparent.',
  aliases: ['LoadImageMask', 'alpha'],
  inputs: {
    file: file({ folder: 'input', accept: pictureEndings }),
    channel: choice(['transparency', 'red', 'green', 'blue'], 'transparency'),
  },
  outputs: { mask: Mask },
  lane: 'io',
  async run({ file: name, channel }, { services }) {
    const { image, alpha } = await decodeFrames(await readFile(await services.pathOf('input', name)))
    if (channel !== 'transparency') return { mask: channelOf(image, channel) }
    return { mask: invertMask(alpha ?? alphaOfImage(image)) }
  },
})
