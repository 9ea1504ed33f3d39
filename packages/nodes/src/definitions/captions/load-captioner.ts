import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openCaptioner } from '../../opening/open-captioner.ts'
import { Captioner } from '../../values/socket-types.ts'

/** A network that writes what a picture shows. */
export const loadCaptioner = defineNode({
  type: 'LoadCaptioner',
  version: 1,
  category: 'captions',
  description:
    'Opens a network that writes what a picture shows: one that TrainCaptioner made, or BLIP as transformers saves it, with its config.json and its tokenizer.json or vocab.txt beside it.',
  aliases: ['BLIP', 'image to text', 'interrogate', 'describe'],
  inputs: {
    captioner: file({
      folder: 'captioners',
      accept: ['.safetensors', '.bin', '.pt', '.pth'],
    }),
  },
  outputs: { captioner: Captioner },
  lane: 'io',
  run: async ({ captioner }, { services }) => ({
    captioner: await openCaptioner(await services.pathOf('captioners', captioner), services),
  }),
})
