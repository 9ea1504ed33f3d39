import { int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { datasetOfIcons } from '../../dataset/captioned-pictures.ts'
import { loadFacePictures } from '../../dataset/face-pictures.ts'

/** Faces made up of parts, with captions of what they look like. */
export const facePictures = defineNode({
  type: 'FacePictures',
  version: 1,
  category: 'data',
  description:
    'Drawn faces, as many as wanted, made up of parts: happy or sad, with hair in five colours, glasses, beards, earrings, freckles or flowers, as their captions say.',
  aliases: ['avatars', 'people', 'captioned pictures', 'training data'],
  inputs: {
    size: int({ default: 64, min: 16, max: 512, step: 8, unit: 'pixels' }),
    count: int({ default: 500, min: 1, max: 20_000, description: 'How many faces.' }),
    seed: int({ default: 1, min: 0, max: 2 ** 31, description: 'Another seed, other faces.' }),
  },
  outputs: { dataset: Dataset },
  lane: 'io',
  async run({ size, count, seed }, { services, signal, progress, show }) {
    const cacheFolder = await services.workFolder('data')
    const faces = await loadFacePictures({ cacheFolder, size, count, seed, signal, onProgress: progress })
    const dataset = datasetOfIcons(faces, 'faces')
    show({ pictures: dataset.pictures.length })
    return { dataset }
  },
})
