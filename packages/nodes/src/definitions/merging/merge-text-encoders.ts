import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { findMergeMismatch } from '../../sampling/checks.ts'
import { mergedTextEncoders } from '../../merging/merge-text-encoders.ts'
import { TextEncoder } from '../../values/socket-types.ts'

/** Text encoders between two others of one family: the other half of a merged checkpoint. */
export const mergeTextEncoders = defineNode({
  type: 'MergeTextEncoders',
  version: 1,
  category: 'model/merge',
  description:
    'A text encoder between two of one family: 0 is the first, 1 the second. LoRAs of both count by the same shares. SDXL merges each of its two.',
  aliases: ['CLIPMergeSimple', 'blend', 'mix', 'checkpoint merge'],
  inputs: {
    first: link(TextEncoder),
    second: link(TextEncoder),
    share: float({ default: 0.5, min: 0, max: 1, step: 0.01, slider: true }),
  },
  outputs: { textEncoder: TextEncoder },
  traits: ({ links: { first = {} } }) => ({ textEncoder: first }),
  validate: ({ links: { first, second } }) => findMergeMismatch('second', first, second),
  run: ({ first, second, share }) => ({ textEncoder: mergedTextEncoders(first, second, share) }),
})
