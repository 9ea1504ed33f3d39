import { stat } from 'node:fs/promises'
import { summaryOfCheckpoint } from '@patchbay/nodes'
import type { Logger } from 'pino'
import type { Folders } from '../../../storage/folders.ts'
import { messageOf } from '../../../message-of.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'

export interface ModelInfoDependencies {
  readonly folders: Pick<Folders, 'names' | 'pathOf'>
  readonly log: Logger
}

/** What a model is, in the words of Krita AI Diffusion. */
interface ModelInfo {
  readonly base_model: string
  readonly type: string
  readonly is_inpaint: boolean
  readonly is_refiner: boolean
  readonly quant: string
}
const inspected = ['checkpoints', 'diffusion_models'] as const
const baseModels: { readonly [family: string]: string } = {
  sd1: 'sd15',
  sd2: 'sd20',
  sdxl: 'sdxl',
  'sdxl-refiner': 'sdxl',
}
const predictions: { readonly [type: string]: string } = {
  epsilon: 'eps',
  v: 'v-prediction',
  flow: 'flow',
  sample: 'sample',
}
const nothing: ModelInfo = {
  base_model: 'unknown',
  type: 'unknown',
  is_inpaint: false,
  is_refiner: false,
  quant: 'none',
}

/** Tells what the models of a folder are, page by page. A file is read once as long as it does not change. */
export function createModelInfo({ folders, log }: ModelInfoDependencies) {
  const seen = new Map<string, ModelInfo>()
  async function infoOf(folder: (typeof inspected)[number], name: string): Promise<ModelInfo> {
    const path = await folders.pathOf(folder, name)
    const { size, mtimeMs } = await stat(path)
    const key = `${path}|${size}|${mtimeMs}`
    const info = seen.get(key) ?? read(path, folder)
    seen.set(key, info)
    return info
  }
  function read(path: string, folder: (typeof inspected)[number]): ModelInfo {
    try {
      const part = folder === 'checkpoints' ? 'whole' : 'denoiser'
      const { family, predictionType, isInpainting } = summaryOfCheckpoint(path, part)
      return {
        base_model: baseModels[family] ?? 'unknown',
        type: predictions[predictionType] ?? 'unknown',
        is_inpaint: isInpainting,
        is_refiner: family === 'sdxl-refiner',
        quant: 'none',
      }
    } catch (error) {
      log.warn({ path, reason: messageOf(error) }, 'a model is not known')
      return nothing
    }
  }
  return async (asked: string, { offset, limit }: { readonly offset: number; readonly limit: number }) => {
    const folder = inspected.find((name) => name === asked)
    if (!folder) throw new ComfyRefusal(404, { error: `Models of "${asked.slice(0, 80)}" are not looked into here` })
    const names = await folders.names(folder)
    const page = names.slice(offset, offset + limit)
    const entries: [string, ModelInfo][] = []
    for (const name of page) entries.push([name, await infoOf(folder, name)])
    return { ...Object.fromEntries(entries), _meta: { offset, count: page.length, total: names.length } }
  }
}
