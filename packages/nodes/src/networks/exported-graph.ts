import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import {
  bytesOf,
  float32,
  fromFloat32,
  int32,
  int64,
  tensorOfBytes,
  toFloat32,
  type Tensor,
  type AnyTensor,
  type Feeds,
  type Session,
  type WeightSource,
} from '@patchbay/onnx'
import { concatBatch } from '../tensor/index.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import type { ExportedModel } from './sessions.ts'

/** Values by the names that exporters give to inputs; those that a graph does not take are left out. */
export type ExportedFeeds = Readonly<Record<string, AnyTensor | undefined>>

/** An ONNX file to be run as it is, with the weights in the files beside it; other graphs there are not its own. */
export function exportedModel(file: string): ExportedModel {
  const folder = dirname(file)
  const own = readdirSync(folder).filter((name) => name === basename(file) || !name.endsWith('.onnx'))
  const bytes = own.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  return { file, bytes }
}

/**
 * Runs an exported graph on values of float32 or int64, in the types that it wants. A graph that is made for one
 * picture is asked for one after another.
 * @returns the first output of these names that the graph has, as float32
 * @throws CheckpointError that names the input or output that is missing
 */
export async function runExported(
  session: Session,
  file: string,
  feeds: ExportedFeeds,
): Promise<(...names: readonly string[]) => Tensor> {
  const [[main, first] = ['', undefined]] = Object.entries(feeds)
  const batch = first?.shape[0] ?? 1
  const isForOne = batch > 1 && session.inputs.find(({ name }) => name === main)?.shape[0] === 1
  const results: Record<string, AnyTensor>[] = []
  for (let item = 0; item < (isForOne ? batch : 1); item++) {
    results.push(await session.run(fitted(session, file, isForOne ? itemOf(feeds, item, batch) : feeds)))
  }
  return (...names) => {
    const name = names.find((candidate) => results[0]?.[candidate])
    if (name === undefined) {
      throw new CheckpointError(
        `${placeOf(file)} has no output ${names.join(' or ')}; it has ${session.outputNames.join(', ')}: export it with optimum`,
      )
    }
    return concatBatch(results.flatMap((result) => (result[name] ? [floatsOf(result[name])] : [])))
  }
}

function fitted(session: Session, file: string, feeds: ExportedFeeds): Feeds {
  return Object.fromEntries(
    session.inputs.map(({ name, dtype, shape }) => {
      const fed = feeds[name]
      if (!fed) {
        const known = Object.keys(feeds).filter((own) => feeds[own])
        throw new CheckpointError(
          `${placeOf(file)} takes an input "${name}", which is not known; known are ${known.join(', ')}: export it with optimum`,
        )
      }
      return [name, typed(name === 'timestep' ? timestepAs(fed, shape) : fed, dtype)]
    }),
  )
}

/** All of a batch are at one timestep: exporters take it once, as a scalar, or as often as they were exported for. */
function timestepAs(timestep: AnyTensor, shape: readonly (number | string)[]): AnyTensor {
  const value = Number(timestep.data[0])
  const [count] = shape
  if (shape.length === 0) return float32([], [value])
  const length = typeof count === 'number' ? count : 1
  return float32([length], new Float32Array(length).fill(value))
}

function typed(tensor: AnyTensor, dtype: AnyTensor['dtype']): AnyTensor {
  const { shape } = tensor
  const numbers = (): number[] => Array.from(tensor.data, Number)
  if (tensor.dtype === dtype) return tensor
  switch (dtype) {
    case 'int64':
      return int64(shape, numbers().map(Math.round))
    case 'int32':
      return int32(shape, numbers().map(Math.round))
    case 'float32':
      return float32(shape, numbers())
    case 'float16':
      return tensorOfBytes(dtype, shape, fromFloat32(Float32Array.from(numbers()), dtype))
    default:
      return tensor
  }
}

function floatsOf(tensor: AnyTensor): Tensor {
  switch (tensor.dtype) {
    case 'float32':
      return tensor
    case 'float16':
      return float32(tensor.shape, toFloat32('float16', bytesOf(tensor), tensor.data.length))
    default:
      return float32(tensor.shape, Float32Array.from(tensor.data, Number))
  }
}

function itemOf(feeds: ExportedFeeds, item: number, batch: number): ExportedFeeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => {
      if (tensor?.dtype !== 'float32' || tensor.shape[0] !== batch) return [name, tensor]
      const size = tensor.data.length / batch
      return [name, float32([1, ...tensor.shape.slice(1)], tensor.data.slice(item * size, (item + 1) * size))]
    }),
  )
}

const placeOf = (file: string): string => `${basename(dirname(file))}/${basename(file)}`

/** What a graph of an exporter cannot do, for it is run as it is. */
export function refusalOf(file: string, what: string): CheckpointError {
  return new CheckpointError(
    `${placeOf(file)} is an exported ONNX graph and runs as it is: it cannot ${what}. Use the checkpoint that it was exported from.`,
  )
}

/** Stands for the weights inside exported graphs, whose names tell nothing: whatever asks for one is told so. */
export function exportedWeights(title: string): WeightSource {
  const refuse = (): never => {
    throw new CheckpointError(
      `${title} is an ONNX pipeline, whose graphs run as they are: LoRAs, merging, training and saving need the checkpoint that it was exported from.`,
    )
  }
  return {
    title,
    metadata: {},
    get names() {
      return refuse()
    },
    get: refuse,
    read: refuse,
  }
}
