import { link, listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf, sizeOfImage } from '../../image/image.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { probabilitiesFrom } from '../../scoring/picture-features.ts'
import { FeatureModel, Features, Image } from '../../values/socket-types.ts'

/** What a classifier takes pictures for. */
export const inceptionClasses = defineNode({
  type: 'InceptionClasses',
  version: 1,
  category: 'scores',
  description:
    'How likely each picture shows each class that an Inception network knows. With the original weights, InceptionScore of these is the published one.',
  aliases: ['classify', 'IS', 'class probabilities'],
  inputs: { model: link(FeatureModel), images: listLink(Image) },
  outputs: { probabilities: Features },
  lane: 'gpu',
  async run({ model, images }, { services, signal, progress, show }) {
    if (model.classes === undefined) {
      throw new RangeError(
        `${model.name} knows no classes: load Inception v3 with its last layer (fc.weight), or link ClassProbabilities`,
      )
    }
    const total = images.reduce((sum, image) => sum + sizeOfImage(image).batch, 0)
    const vectors = await encodePictures(services.sessions, model, 'probabilities', picturesOf(images), {
      signal,
      onPictures: (done) => {
        progress(done, total)
      },
    })
    show({ model: model.name, pictures: vectors.count, classes: vectors.width })
    return { probabilities: probabilitiesFrom(model.name, vectors) }
  },
})
