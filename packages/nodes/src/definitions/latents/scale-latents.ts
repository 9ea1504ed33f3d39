import { choice, float, link } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { latentResizeMethods, scaleLatents, scaleLatentsAsComfy } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents larger or smaller by a factor: the first half of a hires fix. */
export const scaleLatentsNode = defineNode({
  type: 'ScaleLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Latents larger or smaller by a factor: the first half of a hires fix.',
  aliases: ['LatentUpscaleBy', 'hires fix'],
  inputs: {
    latents: link(Latents),
    factor: float({ default: 1.5, min: 0.01, max: 8, step: 0.05 }),
    method: choice(latentResizeMethods, 'bicubic'),
    formulas: formulasInput(),
  },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run: ({ latents, factor, method, formulas }) => ({
    latents: (formulas === 'comfyui' ? scaleLatentsAsComfy : scaleLatents)(latents, factor, method),
  }),
})
