import { link, listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf, sizeOfImage } from '../../image/image.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { featuresFrom } from '../../scoring/picture-features.ts'
import { FeatureModel, Features, Image } from '../../values/socket-types.ts'

/** What a feature model sees of pictures. */
export const imageFeatures = defineNode({
  type: 'ImageFeatures',
  version: 1,
  category: 'scores',
  description:
    'What a feature model sees of pictures, one row a picture: several links, batches and lists become one set. For more pictures than memory holds, save them and use FolderFeatures, or join the features of several runs.',
  aliases: ['embed', 'inception features'],
  inputs: { model: link(FeatureModel), images: listLink(Image) },
  outputs: { features: Features },
  lane: 'gpu',
  async run({ model, images }, { services, signal, progress, show }) {
    const total = images.reduce((sum, image) => sum + sizeOfImage(image).batch, 0)
    const vectors = await encodePictures(services.sessions, model, 'features', picturesOf(images), {
      signal,
      onPictures: (done) => {
        progress(done, total)
      },
    })
    show({ model: model.name, pictures: vectors.count, width: vectors.width })
    return { features: featuresFrom(model.name, vectors) }
  },
})
