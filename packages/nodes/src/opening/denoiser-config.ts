import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { denoiserArchitectures } from '../architectures/denoiser-part.ts'
import { readJson } from './pipeline-file.ts'

type Architecture = (typeof denoiserArchitectures)[number]

/**
 * The architecture of a pipeline's denoiser, and its config: by the folder that it lies in, and by the class that the
 * config names.
 * @throws CheckpointError where there is none
 */
export function denoiserConfigIn(folder: string): { readonly architecture: Architecture; readonly json: unknown } {
  const title = basename(folder)
  const [first] = denoiserArchitectures
  const there = denoiserArchitectures.filter((each) => existsSync(join(folder, each.folder, 'config.json')))
  const configs = (there.length > 0 ? there : first ? [first] : []).map((architecture) => ({
    architecture,
    json: readJson(join(folder, architecture.folder, 'config.json'), title),
  }))
  const named = configs.find(({ architecture, json }) => classOf(json) === architecture.className)
  const config = named ?? configs[0]
  if (!config) throw new TypeError('The table of architectures is empty')
  return config
}

/** The architecture that a config names; the first in the table where it names none. */
export function architectureNamedIn(json: unknown): Architecture | undefined {
  return denoiserArchitectures.find(({ className }) => classOf(json) === className) ?? denoiserArchitectures[0]
}

function classOf(json: unknown): unknown {
  return typeof json === 'object' && json && '_class_name' in json ? json._class_name : undefined
}

/** The side of the training pictures in pixels, where the config of the denoiser gives it in latents. */
export function sampleSizeOf(json: unknown, latentScale: number): number | undefined {
  const size = typeof json === 'object' && json && 'sample_size' in json ? json.sample_size : undefined
  return typeof size === 'number' ? size * latentScale : undefined
}
