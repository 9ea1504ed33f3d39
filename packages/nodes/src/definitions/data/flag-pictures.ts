import { int, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { datasetOfIcons } from '../../dataset/captioned-pictures.ts'
import { partOf } from '../../dataset/dataset.ts'
import { flagCaptionsOf, loadFlagPictures } from '../../dataset/flag-pictures.ts'

/** Flags of countries, regions and unions, drawn from an npm package of a free licence. */
export const flagPictures = defineNode({
  type: 'FlagPictures',
  version: 1,
  category: 'data',
  description:
    'Flags of 270 countries, regions and unions with captions such as "flag of France", drawn from an npm package of a free licence. Fetched and drawn once.',
  aliases: ['countries', 'captioned pictures', 'training data'],
  inputs: {
    size: int({ default: 64, min: 16, max: 512, step: 8, unit: 'pixels' }),
    places: text({
      description:
        'Places whose flags to keep, separated by commas, such as "France, Japan, Isle of Man"; nothing for all.',
    }),
  },
  outputs: { dataset: Dataset },
  lane: 'io',
  async run({ size, places }, { services, signal, progress, show }) {
    const cacheFolder = await services.workFolder('data')
    const flags = await loadFlagPictures({ cacheFolder, size, signal, onProgress: progress })
    const all = datasetOfIcons(flags, 'flags')
    const wanted = places
      .split(',')
      .map((place) => place.trim())
      .filter(Boolean)
    const captions = new Set(wanted.map((place) => flagCaptionsOf(place)[0]?.toLowerCase()))
    const dataset =
      wanted.length === 0
        ? all
        : partOf(all, `shows the flag of ${places}`, ({ captions: [plainest = ''] }) =>
            captions.has(plainest.toLowerCase()),
          )
    show({ pictures: dataset.pictures.length })
    return { dataset }
  },
})
