import { choice, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { datasetOfIcons } from '../../dataset/captioned-pictures.ts'
import { faceExpressions, faceViews } from '../../dataset/face-drawing.ts'
import { loadFacePictures } from '../../dataset/face-pictures.ts'

/** Faces made up of parts, with captions of what they look like. */
export const facePictures = defineNode({
  type: 'FacePictures',
  version: 2,
  category: 'data',
  description:
    'Drawn faces, as many as wanted, made up of parts: happy or sad, with hair in five colours, glasses, beards, earrings, freckles or flowers, as their captions say. Close up, with drawn mouths, they are made for arithmetic with latents.',
  aliases: ['avatars', 'people', 'captioned pictures', 'training data'],
  inputs: {
    size: int({ default: 64, min: 16, max: 512, step: 8, unit: 'pixels' }),
    count: int({ default: 500, min: 1, max: 20_000, description: 'How many faces.' }),
    seed: int({ default: 1, min: 0, max: 2 ** 31, description: 'Another seed, other faces.' }),
    view: choice(faceViews, 'whole', {
      description: 'whole shows the head with its hair; close shows the face alone, with a mouth twice as large.',
    }),
    expression: choice(faceExpressions, 'lorelei', {
      description:
        'lorelei takes the mouths of the style, happy or sad; drawn draws one of any curve from frown to smile, closed or open, and captions say happy (smiling), calm or sad (frowning).',
    }),
  },
  migrate: {
    1: (node) => ({ ...node, values: { ...node.values, view: 'whole', expression: 'lorelei' } }),
  },
  outputs: { dataset: Dataset },
  lane: 'io',
  async run({ size, count, seed, view, expression }, { services, signal, progress, show }) {
    const cacheFolder = await services.workFolder('data')
    const wanted = { size, count, seed, view, expression }
    const faces = await loadFacePictures({ cacheFolder, ...wanted, signal, onProgress: progress })
    const dataset = datasetOfIcons(faces, 'faces')
    show({ pictures: dataset.pictures.length })
    return { dataset }
  },
})
