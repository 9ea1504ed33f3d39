import { Float, link, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { featureDistance as distanceOf } from '../../metrics/index.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { FeatureModel, Image } from '../../values/socket-types.ts'
import { meanOf, roundedScores, rowOf } from './score-values.ts'

/** How far apart two pictures are to a network, whatever their pixels. */
export const featureDistance = defineNode({
  type: 'FeatureDistance',
  version: 1,
  category: 'scores',
  description:
    'How far apart pictures are to a feature model: 0 for the same direction, 1 for nothing in common. Unlike PSNR it forgives what is moved or drawn in another way.',
  aliases: ['perceptual distance', 'lpips', 'similarity', 'identity'],
  inputs: { model: link(FeatureModel), image: link(Image), original: link(Image) },
  outputs: { distance: Float, distances: listOf(Float) },
  lane: 'gpu',
  async run({ model, image, original }, { services, signal, show }) {
    const vectors = async (pictures: typeof image) =>
      encodePictures(services.sessions, model, 'features', picturesOf([pictures]), { signal })
    const [a, b] = [await vectors(image), await vectors(original)]
    if (a.count !== b.count && a.count !== 1 && b.count !== 1) {
      throw new RangeError(`FeatureDistance compares pictures in pairs, but there are ${a.count} and ${b.count}`)
    }
    const distances = Array.from({ length: Math.max(a.count, b.count) }, (_, k) =>
      distanceOf(rowOf(a, Math.min(k, a.count - 1)), rowOf(b, Math.min(k, b.count - 1))),
    )
    show({ metric: `feature-distance:${model.name}`, distances: roundedScores(distances) })
    return { distance: meanOf(distances), distances }
  },
})
