import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { detokenizePictures } from '../../networks/tokens/image-tokenizer.ts'
import { Image, ImageTokenizer, Tokens } from '../../values/socket-types.ts'

/** Codes as pictures. */
export const detokenizeImage = defineNode({
  type: 'DetokenizeImage',
  version: 1,
  category: 'tokens',
  description: 'Turns codes into pictures. They must be of the codebook of this image tokenizer.',
  aliases: ['VQ decode', 'tokens to image'],
  inputs: { imageTokenizer: link(ImageTokenizer), tokens: link(Tokens) },
  outputs: { image: Image },
  lane: 'gpu',
  run: async ({ imageTokenizer, tokens }, { services }) => ({
    image: imageOfPlanes(await detokenizePictures(services.sessions, imageTokenizer, tokens), { low: 0 }),
  }),
})
