import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  createWeightSource,
  float32,
  serializeSafetensors,
  weightOf,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import type { SamplerName, SchedulerName } from '../diffusion/index.ts'
import { weightValues } from './reference-models.ts'

interface Packed {
  readonly shape: readonly number[]
  readonly base64: string
}

/** A run of one of diffusers' pipelines: its settings, and what it gave. */
export interface ReferenceRun {
  readonly name: string
  readonly pipeline: string
  readonly seed: number
  readonly sampler: SamplerName
  readonly steps: number
  /** Null stands for the highest of the model. */
  readonly sigmas: readonly (number | null)[]
  readonly guidanceScale: number
  readonly prompt: string
  readonly negative: string | null
  readonly batch: number
  readonly latents: Packed
  readonly picture: Packed
  readonly layerFromEnd?: number
  readonly rescale?: number
  readonly distilledGuidance?: number
  readonly sizes?: readonly number[]
  readonly encoded?: Packed
  readonly learnt?: Packed
  readonly lora?: Readonly<Record<string, readonly number[]>>
  readonly hint?: Packed
  readonly strength?: number
  readonly end?: number
  readonly perturbedAttention?: number
  /** Made by the scheduler of this name, in place of the recorded sigmas. */
  readonly scheduler?: SchedulerName
  /** The run whose latents it goes on from. */
  readonly from?: string
  /** Aesthetic scores of the prompt and of the negative one. */
  readonly scores?: readonly [number, number]
}

interface ReferenceComponent {
  readonly json: Readonly<Record<string, unknown>>
  readonly stem?: string
  readonly weights?: Readonly<Record<string, readonly number[]>>
}

interface ReferencePipelines {
  readonly pipelines: Readonly<
    Record<string, { readonly class: string; scheduler: unknown; components: Record<string, ReferenceComponent> }>
  >
  readonly runs: readonly ReferenceRun[]
}

/** Recorded by tests/reference/pipelines.py, or newer_pipelines.py. */
export function referencePipelines(name: 'pipelines' | 'newer-pipelines' = 'pipelines'): ReferencePipelines {
  const file = resolve(import.meta.dirname, `../../../../tests/reference/vectors/${name}.json.gz`)
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as ReferencePipelines
}

/** Single-precision values as the script packs them. */
export function unpacked({ shape, base64 }: Packed): Tensor {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return float32(shape, new Float32Array(bytes.buffer))
}

/** Every other pixel of pictures, [batch, height / 2, width / 2, 3] from 0 to 255. */
export function unpackedPicture({ base64 }: Packed): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}

/** Weights that follow from their names; the alpha of a LoRA is 4. */
export function weightsByName(shapes: Readonly<Record<string, readonly number[]>>): WeightSource {
  return createWeightSource(
    Object.entries(shapes).map(([name, shape]) => {
      const values = name.endsWith('.alpha') ? Float32Array.of(4) : weightValues(name, shape)
      return weightOf(name, float32(shape, values))
    }),
  )
}

/**
 * ONNX graphs without their weights, which lie in `model.onnx_data` beside each, in this order. Recorded by
 * onnx_pipelines.py.
 */
type ExportedPipelines = Readonly<
  Record<string, Record<string, { readonly graph: string; readonly weights: Readonly<Record<string, number[]>> }>>
>

/** Writes a pipeline as ONNX graphs, as optimum would save it. */
export function writeExportedPipeline(folder: string, { pipelines }: ReferencePipelines, name: string): void {
  const file = resolve(import.meta.dirname, '../../../../tests/reference/vectors/onnx-pipelines.json.gz')
  const exported = JSON.parse(gunzipSync(readFileSync(file)).toString()) as ExportedPipelines
  const pipeline = pipelines[name]
  const graphs = exported[name]
  if (!pipeline || !graphs) throw new Error(`There is no exported pipeline "${name}"`)
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  write('model_index.json', JSON.stringify({ _class_name: `ORT${pipeline.class}` }))
  write('scheduler/scheduler_config.json', JSON.stringify(pipeline.scheduler))
  for (const [part, { graph, weights }] of Object.entries(graphs)) {
    const config = pipeline.components[part.startsWith('vae') ? 'vae' : part]?.json['config']
    write(`${part}/config.json`, JSON.stringify(config))
    write(`${part}/model.onnx`, Buffer.from(graph, 'hex'))
    const values = Object.entries(weights).map(([weight, shape]) => Buffer.from(weightValues(weight, shape).buffer))
    write(`${part}/model.onnx_data`, Buffer.concat(values))
  }
  for (const [part, { json }] of Object.entries(pipeline.components)) {
    if (!part.startsWith('tokenizer')) continue
    for (const [file, content] of Object.entries(json)) write(`${part}/${file}.json`, JSON.stringify(content))
  }
}

/** Writes the folder of a pipeline as diffusers would save it. */
export function writeReferencePipeline(folder: string, { pipelines }: ReferencePipelines, name: string): void {
  const pipeline = pipelines[name]
  if (!pipeline) throw new Error(`There is no pipeline "${name}"; there is ${Object.keys(pipelines).join(', ')}`)
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const index = Object.fromEntries(Object.keys(pipeline.components).map((part) => [part, ['diffusers', part]]))
  write('model_index.json', JSON.stringify({ _class_name: pipeline.class, ...index }))
  write('scheduler/scheduler_config.json', JSON.stringify(pipeline.scheduler))
  for (const [part, { json, stem, weights }] of Object.entries(pipeline.components)) {
    for (const [file, content] of Object.entries(json)) write(`${part}/${file}.json`, JSON.stringify(content))
    if (stem && weights) write(`${part}/${stem}.safetensors`, serializeSafetensors(weightsByName(weights)))
  }
}
