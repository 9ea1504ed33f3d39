import { listLink } from '@patchbay/engine'
import { formulasInput } from '../formulas-input.ts'
import { defineNode } from '../../host/define-node.ts'
import { batchImagesAsComfy } from '../../image/comfyui/layers.ts'
import { batchImages } from '../../image/composite.ts'
import { Image } from '../../values/socket-types.ts'

/** Pictures as one batch. */
export const batchImagesNode = defineNode({
  type: 'BatchImages',
  version: 1,
  category: 'image/batch',
  description: 'Pictures as one batch. Those of another size are brought to that of the first.',
  aliases: ['ImageBatch', 'BatchImagesNode', 'combine'],
  inputs: { images: listLink(Image), formulas: formulasInput() },
  outputs: { image: Image },
  run: ({ images, formulas }) => ({
    image: formulas === 'comfyui' ? batchImagesAsComfy(images) : batchImages(images),
  }),
})
