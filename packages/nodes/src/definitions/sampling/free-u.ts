import { float, link, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withChange } from '../../values/diffusion-model.ts'
import { Model } from '../../values/socket-types.ts'

const weight = (value: number, description: string) =>
  float({ default: value, min: 0, max: 10, step: 0.01, description })

/** Raises a UNet's own features over what its skip connections bring (Si et al. 2023, FreeU). */
export const freeU = defineNode({
  type: 'FreeU',
  version: 1,
  category: 'sampling/model',
  label: 'FreeU',
  description:
    "Raises a UNet's own features over what its skip connections bring, for clearer shapes. 1 everywhere is as without. Costs nothing.",
  aliases: ['FreeU_V2', 'skip connections', 'backbone'],
  inputs: {
    model: link(Model),
    backbone1: weight(1.3, 'Of the coarser half of the decoder.'),
    backbone2: weight(1.4, 'Of the finer half.'),
    skip1: weight(0.9, 'Of the coarsest waves of skip connections in the coarser half.'),
    skip2: weight(0.2, 'Of the same in the finer half.'),
    adaptive: toggle({
      default: true,
      description: 'Features count by how strong they are at a place: the second edition.',
    }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  run: ({ model, backbone1, backbone2, skip1, skip2, adaptive }) => ({
    model: withChange(model, {
      type: 'reweighted-skips',
      backbone: [backbone1, backbone2],
      skip: [skip1, skip2],
      isAdaptive: adaptive,
    }),
  }),
})
