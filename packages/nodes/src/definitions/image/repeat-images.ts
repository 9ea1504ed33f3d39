import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { repeatBatch } from '../../tensor/batch.ts'
import { Image } from '../../values/socket-types.ts'

/** A batch so many times over. */
export const repeatImages = defineNode({
  type: 'RepeatImages',
  version: 1,
  category: 'image/batch',
  description: 'A batch so many times over.',
  aliases: ['RepeatImageBatch', 'duplicate'],
  inputs: { image: link(Image), times: int({ default: 2, min: 1, max: 4096 }) },
  outputs: { image: Image },
  run: ({ image, times }) => ({ image: repeatBatch(image, times) }),
})
