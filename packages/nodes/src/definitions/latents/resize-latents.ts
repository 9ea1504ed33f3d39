import { choice, int, link, toggle } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { cutToShape } from '../../image/interpolation/cut-to-shape.ts'
import { latentResizeMethods, resizeLatents, resizeLatentsAsComfy } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents in another size, given in pixels of the picture. */
export const resizeLatentsNode = defineNode({
  type: 'ResizeLatents',
  version: 1,
  category: 'latents/transform',
  description: 'Latents in another size, given in pixels of the picture; 0 keeps the proportions.',
  aliases: ['LatentUpscale'],
  inputs: {
    latents: link(Latents),
    width: int({ default: 512, min: 0, max: 16384, step: 8, unit: 'px' }),
    height: int({ default: 512, min: 0, max: 16384, step: 8, unit: 'px' }),
    method: choice(latentResizeMethods, 'bicubic'),
    cut: toggle({
      default: false,
      advanced: true,
      label: 'Cut to shape',
      description: 'Whether the middle is cut to the proportions of the size, in place of distorting.',
    }),
    formulas: formulasInput(),
  },
  outputs: { latents: Latents },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run({ latents, method, cut, formulas, ...size }) {
    if (formulas === 'comfyui') return { latents: resizeLatentsAsComfy(latents, size, method, cut) }
    const isShaped = cut && size.width > 0 && size.height > 0
    const source = isShaped ? { ...latents, tensor: cutToShape(latents.tensor, 2, size) } : latents
    return { latents: resizeLatents(source, size, method) }
  },
})
