import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openImageTokenizer } from '../../opening/open-image-tokenizer.ts'
import { ImageTokenizer } from '../../values/socket-types.ts'

/** A network that turns pictures into codes and back, from its own file. */
export const loadImageTokenizer = defineNode({
  type: 'LoadImageTokenizer',
  version: 1,
  category: 'tokens',
  description:
    "Opens a network that turns pictures into codes and back: diffusers' VQModel, as aMUSEd and TrainImageTokenizer save it.",
  aliases: ['VQModel', 'VQVAE', 'VQGAN', 'codebook'],
  inputs: {
    imageTokenizer: file({
      folder: 'image_tokenizers',
      accept: ['.safetensors', '.bin', 'folder'],
      default: 'patchbay-tokens/diffusion_pytorch_model.safetensors',
    }),
  },
  outputs: { imageTokenizer: ImageTokenizer },
  lane: 'io',
  run: async ({ imageTokenizer }, { services }) => ({
    imageTokenizer: openImageTokenizer(await services.pathOf('image_tokenizers', imageTokenizer)),
  }),
})
