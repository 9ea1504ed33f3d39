import { text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { decodeImage } from '../../image/codec.ts'
import { alphaOfImage } from '../../image/image.ts'
import { map } from '../../tensor/index.ts'
import { Image, Mask } from '../../values/socket-types.ts'

/** A picture that a value carries as base64, for programs that send pictures with the workflow and keep no files. */
export const decodeImageNode = defineNode({
  type: 'DecodeImage',
  version: 1,
  category: 'image',
  description:
    'A picture out of base64 text or a data: address, for programs that send pictures with the workflow. The mask is 1 where it is transparent.',
  aliases: ['ETN_LoadImageBase64', 'ETN_LoadMaskBase64', 'base64', 'data url'],
  inputs: {
    data: text({
      description: 'The bytes of a picture file as base64, with or without data:image/png;base64, in front.',
    }),
  },
  outputs: { image: Image, mask: Mask },
  async run({ data }) {
    const { image, alpha } = await decodeImage(bytesOfBase64(data))
    return { image, mask: map(alpha ?? alphaOfImage(image), (value) => 1 - value) }
  },
})

/** Throws an Error for what is no base64, which Buffer would pass over. */
function bytesOfBase64(text: string): Uint8Array {
  const plain = text.replace(/^data:[^,]*,/, '').replace(/\s+/g, '')
  const wrong = /[^A-Za-z0-9+/_=-]/.exec(plain)
  if (wrong) throw new Error(`The picture is no base64: it holds "${wrong[0]}" at character ${wrong.index + 1}.`)
  if (plain === '') throw new Error('There is no picture in the text: give the bytes of a picture file as base64.')
  return Buffer.from(plain, 'base64')
}
