import { choice, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { featuresFrom } from '../../scoring/picture-features.ts'
import { ClipVision, Features, Image } from '../../values/socket-types.ts'

/** What CLIP sees in pictures (Radford et al. 2021). */
export const clipVisionEncode = defineNode({
  type: 'CLIPVisionEncode',
  version: 1,
  category: 'image/analysis',
  label: 'CLIP vision encode',
  description:
    "What CLIP's image tower sees in each picture, as one row of numbers: pictures of alike things have alike rows. FeatureSimilarity compares them; scores of sets of pictures take them too.",
  aliases: ['CLIPVisionEncode', 'embed', 'image embedding'],
  inputs: {
    clipVision: link(ClipVision),
    image: link(Image),
    crop: choice(['center', 'none'], 'center', {
      description: 'Whether the middle square is looked at, or the whole picture, squeezed into a square.',
    }),
  },
  outputs: { features: Features },
  lane: 'gpu',
  async run({ clipVision, image, crop }, { services, signal }) {
    const input = { ...clipVision.input, fit: crop === 'center' ? ('cover' as const) : ('stretch' as const) }
    const encoder = { ...clipVision, input }
    const vectors = await encodePictures(services.sessions, encoder, 'embedding', picturesOf([image]), { signal })
    return { features: featuresFrom(clipVision.name, vectors) }
  },
})
