import { readFile } from 'node:fs/promises'
import { text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { decodeImage } from '../../image/codec.ts'
import { channelOf } from '../../image/composite.ts'
import { isGrey } from '../../image/image.ts'
import { map } from '../../tensor/index.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** A picture that a program has sent before the workflow, by the name that it gave it. */
export const loadSentPicture = defineNode({
  type: 'LoadSentPicture',
  version: 1,
  category: 'image',
  description:
    'A picture that a program has sent before the workflow, by the name that it gave it. The mask is how opaque it is; of a grey picture without transparency, how light.',
  aliases: ['ETN_LoadImageCache', 'krita', 'cache'],
  inputs: { id: text({ description: 'The name under which the picture was sent; another picture has another name.' }) },
  outputs: { image: Image, mask: Mask },
  lane: 'io',
  async run({ id }, { services }) {
    const path = await services.pathOf('input', `.sent/${id}`).catch(() => {
      throw new Error(`No picture "${id}" has been sent, or it was sent more than a day ago: send it again.`)
    })
    const { image, alpha } = await decodeImage(await readFile(path))
    const light = channelOf(image, 'red')
    const isOpaque = alpha?.data.every((value) => value === 1) ?? true
    const whole = alpha ?? map(light, () => 1)
    return { image, mask: isOpaque && isGrey(image) ? light : whole }
  },
})
