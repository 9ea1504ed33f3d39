import {
  float32,
  Graph,
  mergeWeights,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import { networkOf, type DenoiserPart } from '../architectures/denoiser-part.ts'
import { flopsOf } from '../architectures/kinds/cost.ts'
import type { DenoiserNetwork, GraphForm, NetworkConditioning } from '../architectures/kinds/denoiser.ts'
import { workAt, type Precision } from '../architectures/kinds/precision.ts'
import { expandBatch } from '../architectures/kinds/expand-batch.ts'
import type { Network } from '../diffusion/process/denoiser.ts'
import type { NetworkChange } from '../architectures/kinds/network-change.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import { exportedModel, refusalOf, runExported } from './exported-graph.ts'
import type { Sessions } from './sessions.ts'

/** A denoising model as chosen in a graph: nothing is loaded until it is run. */
export interface DenoisingModel {
  /** Names the weights: two models of the same key have the same weights. */
  readonly key: string
  readonly part: DenoiserPart
  readonly updates: readonly AppliedUpdate[]
  /** Runs with the middle's self-attention perturbed. */
  readonly isPerturbed?: true
  /** What is changed about its graph, in this order. */
  readonly changes?: readonly AppliedChange[]
}

/** A change to a network's graph, with the weights that it brings. */
export interface AppliedChange {
  /** Names the change and its weights completely. */
  readonly key: string
  readonly form: NetworkChange
  readonly weights?: WeightSource
}

/** The same network with more changes. */
export function changedModel(model: DenoisingModel, changes: readonly AppliedChange[]): DenoisingModel {
  if (changes.length === 0) return model
  const key = [model.key, ...changes.map((change) => change.key)].join('|')
  return { ...model, key, changes: [...(model.changes ?? []), ...changes] }
}

/**
 * The same weights with the middle's self-attention perturbed (Ahn et al. 2024): its estimate is one to guide away
 * from.
 */
export function perturbedModel(model: DenoisingModel): DenoisingModel {
  return { ...model, key: `${model.key}|perturbed`, isPerturbed: true }
}

/** The network of a model, run on latents [batch, channels, height, width]. Loads the model at its first call. */
export function denoisingNetwork(sessions: Sessions, model: DenoisingModel): Network<NetworkConditioning> {
  const { weights, exported, precision = 'exact' } = model.part
  const network = networkOf(model.part)
  if (exported?.network !== undefined) return exportedNetwork(sessions, model, network, exported.network)
  const isPerturbed = model.isPerturbed ?? false
  const changes = model.changes ?? []
  const added = changes.flatMap((change) => change.weights ?? [])
  const requestFor = (isControlled: boolean) => ({
    key: isControlled ? `${model.key}|controlled` : model.key,
    build: () => ({
      graph: denoiserGraph(network, { isControlled, isPerturbed, changes: changes.map(({ form }) => form) }),
      weights: added.length > 0 ? mergeWeights([weights, ...added], weights.title) : weights,
      updates: model.updates,
      precision,
    }),
  })
  return (x, timestep, conditioning) =>
    sessions.with(requestFor(conditioning.residuals !== undefined), async (session) => {
      const begun = performance.now()
      const { prediction } = await session.run(network.feeds(withBeside(x, conditioning), timestep, conditioning))
      record(sessions, network, precision, x, begun)
      return requireFloat32(prediction, 'The denoising network')
    })
}

/** The same of a graph that was exported: it takes neither what ControlNets add nor a perturbed middle. */
function exportedNetwork(
  sessions: Sessions,
  { key, isPerturbed, changes = [] }: DenoisingModel,
  network: DenoiserNetwork,
  file: string,
): Network<NetworkConditioning> {
  const request = { key, build: () => exportedModel(file) }
  const { cell, exported } = network
  return async (x, timestep, conditioning) => {
    if (conditioning.residuals) throw refusalOf(file, 'be guided by ControlNets')
    if (changes.length > 0)
      throw refusalOf(file, 'be changed by IP-Adapter, AlignStyle or other nodes that change a UNet')
    if (isPerturbed) throw refusalOf(file, 'guide away from perturbed attention')
    const [height = 0, width = 0] = x.shape.slice(2)
    if (height % cell !== 0 || width % cell !== 0) {
      throw new RangeError(
        `${width} × ${height} latents do not halve evenly, as the graphs of an ONNX pipeline need: the sides have to be multiples of ${cell}`,
      )
    }
    const feeds = network.feeds(withBeside(x, conditioning), timestep, conditioning)
    const named = Object.entries(exported.inputs).map(([name, exporters]) => [exporters, feeds[name]] as const)
    return sessions.with(request, async (session) => {
      const begun = performance.now()
      const results = await runExported(session, file, Object.fromEntries(named))
      record(sessions, network, 'exact', x, begun)
      return results(...exported.outputs)
    })
  }
}

/** Tells the calibration how long a call on these latents took. */
function record(
  sessions: Sessions,
  { work, cost }: DenoiserNetwork,
  precision: Precision,
  x: Tensor,
  begun: number,
): void {
  const [batch = 1, , height = 1, width = 1] = x.shape
  sessions.calibration?.record(
    workAt(work, precision),
    batch * flopsOf(cost, height * width),
    (performance.now() - begun) / 1000,
  )
}

/** The graph of a network with free batch, size and number of tokens; its output is `prediction`. */
export function denoiserGraph(network: DenoiserNetwork, form: GraphForm = {}): Graph {
  const graph = new Graph()
  const inputs = network.inputs(graph, undefined, undefined, form)
  graph.output('prediction', toChannelsFirst(network.predict(new Scope(graph), inputs, form)))
  return graph
}

/** Latents with the channels that lie beside them. */
function withBeside(x: Tensor, { beside }: NetworkConditioning): Tensor {
  return beside ? joinChannels(x, expandBatch(beside, x.shape[0] ?? 1)) : x
}

function joinChannels(a: Tensor, b: Tensor): Tensor {
  const [batch = 1, channels = 0, ...size] = a.shape
  const more = numberAt(b.shape, 1)
  const pixels = size.reduce((product, side) => product * side, 1)
  const joined = new Float32Array(batch * (channels + more) * pixels)
  for (let item = 0; item < batch; item++) {
    const start = item * (channels + more) * pixels
    joined.set(a.data.subarray(item * channels * pixels, (item + 1) * channels * pixels), start)
    joined.set(b.data.subarray(item * more * pixels, (item + 1) * more * pixels), start + channels * pixels)
  }
  return float32([batch, channels + more, ...size], joined)
}
