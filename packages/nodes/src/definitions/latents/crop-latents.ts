import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { cropLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** A rectangle of latents, in pixels of the picture. */
export const cropLatentsNode = defineNode({
  type: 'CropLatents',
  version: 1,
  category: 'latents/transform',
  description: 'A rectangle of latents, in pixels of the picture.',
  aliases: ['LatentCrop'],
  inputs: {
    latents: link(Latents),
    x: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px' }),
    y: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px' }),
    width: int({ default: 512, min: 8, max: 16384, step: 8 }),
    height: int({ default: 512, min: 8, max: 16384, step: 8 }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, ...rectangle }) => ({ latents: cropLatents(latents, rectangle) }),
})
