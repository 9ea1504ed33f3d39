import { choice, file, int } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { fits } from '../../image/fit.ts'
import { Dataset } from '../../values/socket-types.ts'
import { readCaptionedFolder } from '../../dataset/captioned-folder.ts'
import { folderFingerprint, folderOf, loadFolderDataset } from '../../dataset/folder-dataset.ts'

/** A folder of pictures with captions, as people have for fine-tuning. */
export const loadPictureFolder = defineNode({
  type: 'LoadPictureFolder',
  version: 1,
  category: 'data',
  description:
    'Opens a folder of pictures with captions: a .txt beside each, or one metadata.jsonl, captions.jsonl, metadata.csv or captions.csv for all. Every bad row is named.',
  aliases: ['dataset', 'captions', 'training data', 'image folder'],
  inputs: {
    folder: file({
      folder: 'datasets',
      default: 'robot/metadata.jsonl',
      description: 'A folder below datasets, or any file in it.',
    }),
    size: int({ default: 64, min: 8, max: 2048, step: 8, unit: 'pixels' }),
    fit: choice(fits, 'cover', { description: 'How pictures that are not square come into a square.' }),
  },
  outputs: { dataset: Dataset },
  lane: 'io',
  async fingerprint({ values: { folder = '' } }, services) {
    return folderFingerprint(await folderOf(await services.pathOf('datasets', folder)))
  },
  async validate({ values: { folder } }, services) {
    if (folder === undefined) return []
    try {
      await readCaptionedFolder(await folderOf(await services.pathOf('datasets', folder)))
      return []
    } catch (error) {
      return [{ input: 'folder', message: error instanceof Error ? error.message : String(error) }]
    }
  },
  async run({ folder, size, fit }, { services, signal, progress, show }) {
    const path = await folderOf(await services.pathOf('datasets', folder))
    const dataset = await loadFolderDataset(path, { size, fit, signal, onProgress: progress })
    show({ pictures: dataset.pictures.length })
    return { dataset }
  },
})
