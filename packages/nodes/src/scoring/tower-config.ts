import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { configFields } from '../weights/config-fields.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'

/** CLIP's own means and deviations of the channels (Radford et al. 2021, as published with the weights). */
const clipColours = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
} as const

export type TowerConfig = ReturnType<typeof configBeside>

/** The folder of a model: that of its file, or the one above where its graphs lie in `onnx`. */
const folderOf = (path: string): string => (basename(dirname(path)) === 'onnx' ? dirname(dirname(path)) : dirname(path))

/**
 * `config.json` with the fields of `preprocessor_config.json`, from the folder of a model's file; empty where there
 * are none.
 */
export function configBeside(path: string) {
  const folder = folderOf(path)
  const read = (file: string): Readonly<Record<string, unknown>> => {
    const beside = join(folder, file)
    if (!existsSync(beside)) return {}
    try {
      const json: unknown = JSON.parse(readFileSync(beside, 'utf8'))
      return typeof json === 'object' && json !== null ? { ...json } : {}
    } catch (cause) {
      throw new CheckpointError(`${file} beside ${basename(path)} is not JSON`, { cause })
    }
  }
  const json = { ...read('preprocessor_config.json'), ...read('config.json') }
  const title = `${basename(folder)}/config.json`
  return {
    ...configFields(title, json),
    json,
    title,
    part: (name: string): unknown => json[name],
  }
}

/**
 * What is taken from the channels of a picture, and what they are divided by; CLIP's own where the config does not
 * say.
 */
export function coloursOf(config: TowerConfig) {
  if (!config.has('image_mean')) return clipColours
  const three = (name: string): readonly [number, number, number] => {
    const [red = 0, green = 0, blue = 0] = config.numbers(name, 3)
    return [red, green, blue]
  }
  return { mean: three('image_mean'), deviation: three('image_std') }
}

const plainStem =
  /^((text_|vision_)?model|pytorch_model|open_clip_pytorch_model|open_clip_model)([._](fp16|int8|uint8|quantized|q4|q4f16|bnb4))?$/

/** What a score calls a model: its folder for `model.safetensors` and the like, else the file without its ending. */
export function nameOf(path: string): string {
  const stem = basename(path).replace(/\.[^.]+$/, '')
  return plainStem.test(stem) ? basename(folderOf(path)) : stem
}
