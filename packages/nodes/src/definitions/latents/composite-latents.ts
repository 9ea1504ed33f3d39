import { int, link, optionalLink, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { compositeLatents } from '../../values/latent-operations.ts'
import { Latents, Mask } from '../../values/socket-types.ts'

/** Latents laid over others at a place, through a mask. */
export const compositeLatentsNode = defineNode({
  type: 'CompositeLatents',
  version: 1,
  category: 'latents',
  description: 'Latents laid over others at a place, through a mask.',
  aliases: ['LatentComposite', 'LatentCompositeMasked'],
  inputs: {
    destination: link(Latents),
    source: link(Latents),
    mask: optionalLink(Mask),
    x: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px' }),
    y: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px' }),
    feather: int({ default: 0, min: 0, max: 16384, step: 8, unit: 'px', advanced: true }),
    resize: toggle({ default: false, advanced: true, label: 'Resize to fit' }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { destination = {} } }) => ({ latents: destination }),
  run: ({ destination, source, mask, ...place }) => ({ latents: compositeLatents(destination, source, place, mask) }),
})
