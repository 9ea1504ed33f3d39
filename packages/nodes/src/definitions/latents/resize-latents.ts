import { choice, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { resampleMethods } from '../../image/resample.ts'
import { resizeLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents in another size, given in pixels of the picture. */
export const resizeLatentsNode = defineNode({
  type: 'ResizeLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Latents in another size, given in pixels of the picture.',
  aliases: ['LatentUpscale'],
  inputs: {
    latents: link(Latents),
    width: int({ default: 512, min: 8, max: 16384, step: 8, unit: 'px' }),
    height: int({ default: 512, min: 8, max: 16384, step: 8, unit: 'px' }),
    method: choice(resampleMethods, 'bicubic'),
  },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, method, ...size }) => ({ latents: resizeLatents(latents, size, method) }),
})
