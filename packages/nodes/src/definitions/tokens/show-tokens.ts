import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { previewPictures } from '../../image/preview.ts'
import { tokenPicture } from '../../image/token-picture.ts'
import { Image, Tokens } from '../../values/socket-types.ts'

/** Codes as coloured fields. */
export const showTokens = defineNode({
  type: 'ShowTokens',
  version: 1,
  category: 'tokens',
  description: 'Draws codes as a grid of fields, a colour for each code, and shows it on the node.',
  aliases: ['token grid', 'view tokens'],
  inputs: { tokens: link(Tokens), cell: int({ default: 16, min: 1, max: 256, unit: 'px', label: 'Side of a field' }) },
  outputs: { image: Image },
  async run({ tokens, cell }, { preview, show }) {
    const image = tokenPicture(tokens, cell)
    await previewPictures(image, preview, 0)
    const [pictures, rows, columns] = tokens.shape
    show({ pictures, rows, columns, codes: tokens.codes })
    return { image }
  },
})
