import { int, link, optionalLink, toggle } from '@patchbay/engine'
import { formulasInput } from '../../formulas-input.ts'
import { defineNode } from '../../../host/define-node.ts'
import { compositeImages } from '../../../image/composite.ts'
import { compositeImagesAsComfy } from '../../../image/comfyui/layers.ts'
import { Image, Mask } from '../../../values/socket-types.ts'

/** A picture laid over another at a place, where its mask and its own alpha let it be seen. */
export const compositeImage = defineNode({
  type: 'CompositeImage',
  version: 1,
  category: 'image/layers',
  description: 'A picture laid over another at a place, where its mask and its own alpha let it be seen.',
  aliases: ['ImageCompositeMasked', 'paste', 'overlay', 'layer'],
  inputs: {
    destination: link(Image),
    source: link(Image),
    mask: optionalLink(Mask),
    x: int({ default: 0, min: -16384, max: 16384, unit: 'px' }),
    y: int({ default: 0, min: -16384, max: 16384, unit: 'px' }),
    resize: toggle({ default: false, label: 'Resize to fit' }),
    formulas: formulasInput(),
  },
  outputs: { image: Image },
  run({ destination, source, mask, formulas, ...placement }) {
    const composite = formulas === 'comfyui' ? compositeImagesAsComfy : compositeImages
    return { image: composite(destination, source, placement, mask) }
  },
})
