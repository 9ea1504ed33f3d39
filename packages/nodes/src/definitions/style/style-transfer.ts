import { float, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { transferStyle } from '../../encoding/transfer-style.ts'
import { Image, StyleModel } from '../../values/socket-types.ts'

/** Redraws pictures in the style of others, by a network in one pass (Huang and Belongie 2017; Johnson et al. 2016). */
export const styleTransfer = defineNode({
  type: 'StyleTransfer',
  version: 1,
  category: 'image/style',
  label: 'Style transfer',
  description:
    'Redraws pictures in the style of another, by a network in one pass: colours, outlines and shading move, shapes stay.',
  aliases: ['AdaIN', 'neural style', 'restyle'],
  inputs: {
    styleModel: link(StyleModel, { label: 'Style model' }),
    image: link(Image),
    style: optionalLink(Image, {
      description:
        'Whose style is taken; of several the mean, or, by AdaIN, the first. A network of one style takes none.',
    }),
    amount: float({ default: 1, min: 0, max: 1, slider: true, description: '0 leaves the picture as it is.' }),
  },
  outputs: { image: Image },
  lane: 'gpu',
  async run({ styleModel, image, style, amount }, { services, signal, progress, warn }) {
    if (style && styleModel.kind === 'fixed')
      warn(`${styleModel.name} knows one style: the picture at style is not used.`)
    const options = { style, amount, signal, onPicture: progress }
    return { image: await transferStyle(services.sessions, styleModel, image, options) }
  },
})
