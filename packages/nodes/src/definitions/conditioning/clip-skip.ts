import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { TextEncoder } from '../../values/socket-types.ts'

/** Takes a text encoder's output before its last layers: 1 is the last layer, 2 the one before. */
export const clipSkip = defineNode({
  type: 'ClipSkip',
  version: 1,
  category: 'conditioning',
  label: 'CLIP skip',
  description: "Takes a text encoder's output before its last layers: 1 is the last layer, 2 the one before.",
  aliases: ['CLIPSetLastLayer', 'clip skip'],
  inputs: { textEncoder: link(TextEncoder), layerFromEnd: int({ default: 2, min: 1, max: 24 }) },
  outputs: { textEncoder: TextEncoder },
  traits: ({ links: { textEncoder = {} } }) => ({ textEncoder }),
  run: ({ textEncoder, layerFromEnd }) => ({ textEncoder: { ...textEncoder, layerFromEnd } }),
})
