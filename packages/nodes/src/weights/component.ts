import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { CheckpointError } from './checkpoint-error.ts'
import { openWeightFile } from './weight-file.ts'

/** One model by itself as found on a disk: its weights, and the config that lies beside them. */
export interface Component {
  readonly title: string
  readonly weights: WeightSource
  /** What its `config.json` holds; a file by itself has none. */
  readonly config?: unknown
}

/** How diffusers and transformers call the files of weights in a folder. */
const folderStems = ['diffusion_pytorch_model', 'model', 'pytorch_model', 'open_clip_pytorch_model']

/**
 * Opens a model by itself: a file, or a folder as diffusers and transformers write it (`config.json` beside its
 * weights, in shards too). A file of such a folder stands for the folder.
 * @throws CheckpointError that names the file that is missing or wrong
 */
export function openComponent(path: string): Component {
  const kind = statSync(path, { throwIfNoEntry: false })
  if (!kind) throw new CheckpointError(`There is no file at ${path}`)
  const title = basename(path)
  if (kind.isDirectory()) {
    const config = configIn(path, title)
    return { title, weights: weightsIn(path, folderStems, title), ...(config !== undefined && { config }) }
  }
  const isOfFolder =
    folderStems.some((stem) => title.startsWith(stem)) && existsSync(join(dirname(path), 'config.json'))
  const weights = openWeightFile(path)
  const config = isOfFolder ? configIn(dirname(path), basename(dirname(path))) : configWithin(weights)
  return { title, weights, ...(config !== undefined && { config }) }
}

/**
 * The weights in a folder, as whichever of the usual file names is there; a full-precision file before an fp16
 * one.
 */
export function weightsIn(folder: string, stems: readonly string[], title: string): WeightSource {
  const names = stems.flatMap((name) =>
    ['', '.fp16'].flatMap((variant) => [
      `${name}${variant}.safetensors`,
      `${name}.safetensors.index${variant}.json`,
      `${name}${variant}.safetensors.index.json`,
      `${name}${variant}.bin`,
    ]),
  )
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path))
  if (found !== undefined) return openWeightFile(found)
  if (existsSync(join(folder, 'model_index.json'))) {
    throw new CheckpointError(
      `${title} is a whole diffusers folder, not one part of it: choose it with LoadCheckpoint, or the folder of the part inside`,
    )
  }
  const some = [...new Set(stems.map((stem) => `${stem}.safetensors`))].join(', ')
  throw new CheckpointError(
    `${title} has no weights: expected ${some}, one of these in shards with its index, or a .bin. Was the download complete?`,
  )
}

/** What a file of JSON holds; `title` is the beginning of its path as messages show it. */
export function readConfig(path: string, title: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new CheckpointError(`${path.slice(path.indexOf(title))} is not JSON: ${String(cause)}`, { cause })
  }
}

/**
 * What is trained here brings its config in the metadata: shapes alone do not tell, say, the number of norm
 * groups.
 */
function configWithin({ metadata, title }: WeightSource): unknown {
  const text = metadata['config']
  if (text === undefined || !/"(block_out_channels|hidden_size)"/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CheckpointError(`${title}: the "config" of its metadata is not JSON: ${String(cause)}`, { cause })
  }
}

function configIn(folder: string, title: string): unknown {
  const path = join(folder, 'config.json')
  return existsSync(path) ? readConfig(path, title) : undefined
}

/** What messages call a model: its folder where its file has one of the usual names, else the file. */
export function titleOfPath(path: string): string {
  const title = basename(path)
  return folderStems.some((stem) => title.startsWith(`${stem}.`)) ? basename(dirname(path)) : title
}

/** Names what lies at a path by its place, size and time of change: a key for what is loaded from it. */
export function contentKeyOf(path: string): string {
  const { size, mtimeMs } = statSync(path)
  return `${path}|${size}|${mtimeMs}`
}
