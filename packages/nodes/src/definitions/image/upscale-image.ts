import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { upscaleImage as enlarge } from '../../networks/upscale-image.ts'
import { Image, Upscaler } from '../../values/socket-types.ts'

/**
 * Enlarges pictures by a network (Wang et al. 2018), tile by tile, so that the size of a picture is no matter of
 * memory.
 */
export const upscaleImage = defineNode({
  type: 'UpscaleImage',
  version: 1,
  category: 'image/transform',
  label: 'Upscale image',
  description:
    'Enlarges pictures by a network, in tiles. How much larger is up to the network; resize afterwards for any size.',
  aliases: ['ImageUpscaleWithModel', 'super resolution', 'enhance', 'hires'],
  inputs: {
    upscaler: link(Upscaler),
    image: link(Image),
    tile: int({
      default: 256,
      min: 32,
      max: 2048,
      step: 32,
      advanced: true,
      description: 'Side of a tile, in pixels of the input.',
    }),
    overlap: int({
      default: 16,
      min: 0,
      max: 128,
      step: 4,
      advanced: true,
      description: 'Pixels a tile sees beyond its own.',
    }),
  },
  outputs: { image: Image },
  lane: 'gpu',
  async run({ upscaler, image, tile, overlap }, { services, signal, progress }) {
    return { image: await enlarge(services.sessions, upscaler, image, { tile, overlap, signal, onTile: progress }) }
  },
})
