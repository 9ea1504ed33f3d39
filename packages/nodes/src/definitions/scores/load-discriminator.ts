import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openPictureJudge } from '../../scoring/picture-judge.ts'
import { Discriminator } from '../../values/socket-types.ts'

/** A network that tells real pictures from generated ones. */
export const loadDiscriminator = defineNode({
  type: 'LoadDiscriminator',
  version: 1,
  category: 'scores',
  description: 'Opens a discriminator of text-image pairs: the bundled one, or one that TrainDiscriminator saved.',
  aliases: ['gan', 'critic', 'judge'],
  inputs: {
    discriminator: file({
      folder: 'score_models',
      accept: ['.safetensors'],
      default: 'patchbay-discriminator/model.safetensors',
    }),
  },
  outputs: { discriminator: Discriminator },
  lane: 'io',
  run: async ({ discriminator }, { services }) => ({
    discriminator: openPictureJudge(await services.pathOf('score_models', discriminator)),
  }),
})
