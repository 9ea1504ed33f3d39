import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentScaleOf } from '../../architectures/autoencoder-kl/config.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { decodeToImage } from '../../networks/image-autoencoder.ts'
import { findLatentMismatch } from '../../sampling/checks.ts'
import { decodeInTiles } from '../../encoding/tiled-decode.ts'
import { Image, Latents, Vae } from '../../values/socket-types.ts'

/** Turns latents into pictures tile by tile, for sizes that memory would not hold. */
export const vaeDecodeTiled = defineNode({
  type: 'VAEDecodeTiled',
  version: 1,
  category: 'latents',
  label: 'VAE decode (tiled)',
  description: 'Turns latents into pictures tile by tile, for sizes that memory would not hold.',
  aliases: ['VAEDecodeTiled'],
  inputs: {
    vae: link(Vae),
    latents: link(Latents),
    tile: int({ default: 512, min: 64, max: 4096, step: 32, unit: 'px' }),
    overlap: int({ default: 64, min: 0, max: 1024, step: 8, unit: 'px' }),
  },
  outputs: { image: Image },
  lane: 'gpu',
  validate: ({ links: { vae, latents } }) => findLatentMismatch('VAE', vae, latents),
  async run({ vae, latents, ...tiling }, { services, signal, progress }) {
    const planes = await decodeInTiles(
      (tile) => decodeToImage(services.sessions, vae, tile),
      latents.tensor,
      latentScaleOf(vae.part.config),
      tiling,
      (done, all) => {
        signal.throwIfAborted()
        progress(done, all)
      },
    )
    return { image: imageOfPlanes(planes, { low: 0, high: 1 }) }
  },
})
