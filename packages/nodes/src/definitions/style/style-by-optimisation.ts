import { float, int, link, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { resizeToFit } from '../../image/fit.ts'
import { imageOfPlanes, picturesOf, planesOf, sizeOfImage, withoutAlpha, type ImageTensor } from '../../image/image.ts'
import { previewPictures } from '../../image/preview.ts'
import { openScoreTowers } from '../../scoring/score-towers.ts'
import { concatBatch } from '../../tensor/index.ts'
import { eyesOf, optimiseStyle, trunkEyes, type StyleEyes } from '../../training/style-optimisation.ts'
import { Image, StyleModel } from '../../values/socket-types.ts'
import type { StyleModel as StyleModelValue } from '../../networks/style-model.ts'
import type { Services } from '../../host/services.ts'

/** Pictures on their way are shown so often in all. */
const previews = 25

/** Gives a picture the style of another by training its pixels (Gatys et al. 2016). */
export const styleByOptimisation = defineNode({
  type: 'StyleByOptimisation',
  version: 1,
  category: 'image/style',
  label: 'Style by optimisation',
  description:
    'Gives a picture the style of another by changing its pixels step by step, until a network sees the content of the one and the textures of the other. Needs no weights of its own, and takes a minute.',
  aliases: ['Gatys', 'neural style transfer', 'style loss'],
  inputs: {
    image: link(Image),
    style: link(Image, { description: 'Whose colours and textures are taken. Of several pictures the first.' }),
    features: optionalLink(StyleModel, {
      description:
        'AdaIN, whose VGG-19 looks at the pictures, slower and better; without, the bundled score towers do.',
    }),
    size: int({ default: 256, min: 32, max: 1024, step: 16, unit: 'pixels', description: 'Of the longer side.' }),
    steps: int({ default: 200, min: 1, max: 10000 }),
    contentWeight: float({ default: 1, min: 0, max: 1000, step: 0.1 }),
    styleWeight: float({ default: 10, min: 0, max: 1000, step: 0.1 }),
    learningRate: float({ default: 0.05, min: 0, max: 1, step: 0.001, advanced: true }),
  },
  outputs: { image: Image },
  lane: 'gpu',
  async run({ image, style, features, size, steps, ...weights }, { services, signal, progress, preview }) {
    const eyes = await eyesFor(features, services)
    const drawn: ImageTensor[] = []
    const pictures = [...picturesOf([image])]
    for (const [index, picture] of pictures.entries()) {
      const content = planesOf(atSize(picture, size))
      const planes = await optimiseStyle({
        ...{ eyes, content, style: planesOf(atSize([...picturesOf([style])][0] ?? style, size)), steps },
        ...{ ...weights, signal, session: { ...services.device } },
        async onStep(step, loss, current) {
          progress(index * steps + step, pictures.length * steps, `loss ${loss.toPrecision(4)}`)
          if (step % Math.ceil(steps / previews) === 0) await previewPictures(imageOfPlanes(current()), preview, 0)
        },
      })
      drawn.push(imageOfPlanes(planes))
    }
    return { image: concatBatch(drawn) }
  },
})

async function eyesFor(features: StyleModelValue | undefined, services: Services): Promise<StyleEyes> {
  if (features) {
    const eyes = eyesOf(features)
    if (eyes) return eyes
    throw new RangeError(
      `${features.name} cannot look at pictures by itself: link AdaIN, or nothing for the bundled towers`,
    )
  }
  const { image } = openScoreTowers(await services.pathOf('score_models', 'patchbay-towers/model.safetensors'))
  if ('file' in image) throw new TypeError('The bundled towers are weights')
  return trunkEyes(image.weights)
}

/** A picture whose longer side has so many pixels, both sides multiples of 16. */
function atSize(picture: ImageTensor, size: number): ImageTensor {
  const opaque = withoutAlpha(picture)
  const { width, height } = sizeOfImage(opaque)
  const near = (length: number): number => Math.max(16, Math.round((length * size) / Math.max(width, height) / 16) * 16)
  return resizeToFit(opaque, { width: near(width), height: near(height) }, 'stretch', 'bilinear')
}
