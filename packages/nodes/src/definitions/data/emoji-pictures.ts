import { int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { datasetOfIcons, loadIconPictures } from '../../dataset/captioned-pictures.ts'
import { partOf } from '../../dataset/dataset.ts'
import { iconPackages } from '../../dataset/icon-packages.ts'

const styleNames = iconPackages.map(({ style }) => style)
const wordsOf = (list: string): string[] =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)

/** The captioned set that the bundled checkpoint was trained on: emoji of free licences, drawn from npm packages. */
export const emojiPictures = defineNode({
  type: 'EmojiPictures',
  version: 1,
  category: 'data',
  description:
    'Emoji in several styles with captions, drawn from npm packages of free licences: about 1,700 things in each style. Fetched and drawn once.',
  aliases: ['icons', 'captioned pictures', 'training data'],
  inputs: {
    size: int({ default: 64, min: 16, max: 512, step: 8, unit: 'pixels' }),
    styles: text({ description: `Separated by commas, or nothing for all: ${styleNames.join(', ')}.` }),
    concepts: text({
      description: 'Things to keep, separated by commas, such as "dog face, red apple"; nothing for all.',
    }),
  },
  outputs: { dataset: Dataset },
  lane: 'io',
  validate({ values: { styles = '' } }) {
    const unknown = wordsOf(styles).filter((style) => !styleNames.includes(style))
    if (unknown.length === 0) return []
    return [{ input: 'styles', message: `There is no style ${unknown.join(', ')}; there is ${styleNames.join(', ')}.` }]
  },
  async run({ size, styles, concepts }, { services, signal, progress, show }) {
    const wanted = wordsOf(styles)
    const packages = iconPackages.filter(({ style }) => wanted.length === 0 || wanted.includes(style))
    const cacheFolder = await services.workFolder('data')
    const all = datasetOfIcons(await loadIconPictures({ cacheFolder, size, packages, signal, onProgress: progress }))
    const ids = new Set(wordsOf(concepts).map((word) => word.toLowerCase().replaceAll(' ', '-')))
    const dataset = ids.size === 0 ? all : partOf(all, `shows ${concepts}`, ({ concept }) => ids.has(concept ?? ''))
    show({ pictures: dataset.pictures.length, styles: packages.map(({ style }) => style) })
    return { dataset }
  },
})
