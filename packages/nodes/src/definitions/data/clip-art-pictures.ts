import { int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { datasetOfIcons } from '../../dataset/captioned-pictures.ts'
import { clipArtKinds, loadClipArt } from '../../dataset/clip-art-pictures.ts'

const kindsOf = (list: string): string[] => [
  ...new Set(
    list
      .split(',')
      .map((kind) => kind.trim().toLowerCase())
      .filter(Boolean),
  ),
]
const isKnown = (kind: string): boolean => clipArtKinds.some((known) => known === kind)

/** Clip art of the public domain with the titles that its makers gave it. */
export const clipArtPictures = defineNode({
  type: 'ClipArtPictures',
  version: 1,
  category: 'data',
  description:
    'Clip art of the public domain by its titles, such as "red apple": drawn once from the Debian package openclipart-svg, which is to be installed.',
  aliases: ['openclipart', 'drawings', 'captioned pictures', 'training data'],
  inputs: {
    size: int({ default: 64, min: 16, max: 512, step: 8, unit: 'pixels' }),
    kinds: text({ description: `Separated by commas, or nothing for all: ${clipArtKinds.join(', ')}.` }),
  },
  outputs: { dataset: Dataset },
  lane: 'io',
  validate({ values: { kinds = '' } }) {
    const unknown = kindsOf(kinds).filter((kind) => !isKnown(kind))
    if (unknown.length === 0) return []
    return [{ input: 'kinds', message: `There is no kind ${unknown.join(', ')}; there is ${clipArtKinds.join(', ')}.` }]
  },
  async run({ size, kinds }, { services, signal, progress, show }) {
    const wanted = kindsOf(kinds).filter(isKnown)
    const cacheFolder = await services.workFolder('data')
    const chosen = wanted.length > 0 ? wanted : clipArtKinds
    const clipArt = await loadClipArt({ cacheFolder, size, kinds: chosen, signal, onProgress: progress })
    const dataset = datasetOfIcons(clipArt, 'clip art')
    show({ pictures: dataset.pictures.length })
    return { dataset }
  },
})
