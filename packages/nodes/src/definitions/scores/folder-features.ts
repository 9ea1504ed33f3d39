import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { choice, link, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { decodeImage } from '../../image/codec.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { featuresFrom } from '../../scoring/picture-features.ts'
import type { Services } from '../../host/services.ts'
import { FeatureModel, Features } from '../../values/socket-types.ts'

const pictureName = /\.(png|jpe?g|webp|avif|gif|tiff?)$/i

/** What a feature model sees of all pictures of a folder, of which only a few are in memory at a time. */
export const folderFeatures = defineNode({
  type: 'FolderFeatures',
  version: 1,
  category: 'scores',
  description:
    'What a feature model sees of every picture in a folder and the folders below it. Only a few pictures are in memory at a time, so that there may be many thousands.',
  aliases: ['real pictures', 'reference set', 'directory'],
  inputs: {
    model: link(FeatureModel),
    place: choice(['input', 'output', 'datasets'], 'input'),
    folder: text({ default: '', description: 'A folder there; empty for all of it.' }),
  },
  outputs: { features: Features },
  lane: 'gpu',
  async fingerprint({ values: { place = 'input', folder = '' } }, services) {
    const hash = createHash('sha256')
    for (const name of await namesBelow(services, place, folder)) {
      const { size, mtimeMs } = await stat(await services.pathOf(place, name))
      hash.update(`${name}|${size}|${mtimeMs}\n`)
    }
    return hash.digest('hex')
  },
  async run({ model, place, folder }, { services, signal, progress, show }) {
    const names = await namesBelow(services, place, folder)
    if (names.length === 0) throw new RangeError(`There is no picture in "${folder}" of ${place}.`)
    const vectors = await encodePictures(services.sessions, model, 'features', picturesIn(services, place, names), {
      signal,
      onPictures: (done) => {
        progress(done, names.length)
      },
    })
    show({ model: model.name, pictures: vectors.count, width: vectors.width })
    return { features: featuresFrom(model.name, vectors) }
  },
})

async function namesBelow(services: Services, place: string, folder: string): Promise<readonly string[]> {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  return (await services.namesIn(place)).filter((name) => name.startsWith(prefix) && pictureName.test(name))
}

async function* picturesIn(services: Services, place: string, names: readonly string[]) {
  for (const name of names) {
    const bytes = await readFile(await services.pathOf(place, name))
    const { image } = await decodeImage(bytes).catch((cause: unknown) => {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
    yield image
  }
}
