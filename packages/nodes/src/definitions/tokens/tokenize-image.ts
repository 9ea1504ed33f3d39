import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { planesOf, withoutAlpha } from '../../image/image.ts'
import { tokenizePictures } from '../../networks/tokens/image-tokenizer.ts'
import { Image, ImageTokenizer, Tokens } from '../../values/socket-types.ts'

/** Pictures as codes. */
export const tokenizeImage = defineNode({
  type: 'TokenizeImage',
  version: 1,
  category: 'tokens',
  description:
    'Turns pictures into codes: each place becomes the nearest entry of the codebook. The sides must be multiples of the pixels that a code stands for. Alpha is left out.',
  aliases: ['VQ encode', 'image to tokens', 'quantize'],
  inputs: { imageTokenizer: link(ImageTokenizer), image: link(Image) },
  outputs: { tokens: Tokens },
  lane: 'gpu',
  async run({ imageTokenizer, image }, { services, show }) {
    const tokens = await tokenizePictures(services.sessions, imageTokenizer, planesOf(withoutAlpha(image), { low: 0 }))
    show({ codesUsed: new Set(tokens.data).size, codes: tokens.codes })
    return { tokens }
  },
})
