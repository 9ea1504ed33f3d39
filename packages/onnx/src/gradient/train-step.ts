import { GraphError } from '../graph/graph-error.ts'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { gradientsOf } from './differentiate.ts'
import { clipByNorm, globalNorm, rateInputs, slotsOf, updateRule, type Optimizer } from './optimizer.ts'

export interface TrainStepOptions {
  readonly optimizer: Optimizer
  /** Gradients are scaled down together to at most this norm. Not clipped where not given. */
  readonly maxGradientNorm?: number
  /** Keeps a running average of each parameter with this decay, such as 0.999. */
  readonly emaDecay?: number
  /** Which parameters change; all where not given. */
  readonly trainable?: (name: string) => boolean
}

/**
 * One tensor that a step reads and writes: `input` names it before the step, `output` after it. `slot` says what it is
 * to its parameter: `value`, `ema`, or one the optimizer keeps.
 */
export interface StateEntry {
  readonly parameter: string
  readonly slot: string
  readonly input: string
  readonly output: string
  readonly shape: readonly number[]
}

/** A step as a graph: outputs `loss`, `gradientNorm` where clipped, and the next state. */
export interface TrainStep {
  readonly graph: Graph
  readonly state: readonly StateEntry[]
}

/** Adds to the graph of a loss all that trains its parameters: gradients, clipping, the optimizer and averages. */
export function trainStep(loss: Value, options: TrainStepOptions): TrainStep {
  const { graph } = loss
  const parameters = trainableOf(graph, options)
  graph.output('loss', scalar(loss))
  return { graph, state: addUpdates(graph, parameters, gradientsOf(loss, parameters), options) }
}

/** A step in two graphs: `accumulate` adds the gradients of a small batch to sums, `update` applies the sums. */
export interface AccumulatingStep {
  readonly accumulate: Graph
  readonly update: TrainStep
  /** The sums of gradients: zeros before the first small batch. */
  readonly sums: readonly StateEntry[]
}

/** A train step whose gradients are the mean over `batches` runs of a small batch. */
export function accumulatingStep(loss: Value, batches: number, options: TrainStepOptions): AccumulatingStep {
  const { graph } = loss
  const parameters = trainableOf(graph, options)
  graph.output('loss', scalar(loss))
  const update = new Graph()
  const sums = gradientsOf(loss, parameters).map((gradient, index): StateEntry => {
    const { name, shape } = parameters[index] ?? gradient
    const entry = entryOf(name, 'sum', shape.map(Number))
    const before = graph.input(entry.input, 'float32', shape)
    graph.output(entry.output, ops.add(before, ops.mul(gradient, 1 / batches)))
    return entry
  })
  const gradients = sums.map(({ input, shape }) => update.input(input, 'float32', shape))
  const copies = sums.map(({ parameter, shape }) => update.parameter(parameter, 'float32', shape))
  return { accumulate: graph, update: { graph: update, state: addUpdates(update, copies, gradients, options) }, sums }
}

function trainableOf(graph: Graph, { trainable = () => true }: TrainStepOptions): readonly Value[] {
  const parameters = graph.parameters.filter(({ name }) => trainable(name))
  if (parameters.length === 0) throw new GraphError('No parameter of the graph is trainable')
  const other = parameters.find(({ dtype }) => dtype !== 'float32')
  if (other) throw new GraphError(`"${other.name}" is ${other.dtype}; only float32 parameters can be trained`)
  return parameters
}

function addUpdates(
  graph: Graph,
  parameters: readonly Value[],
  gradients: readonly Value[],
  { optimizer, maxGradientNorm, emaDecay }: TrainStepOptions,
): readonly StateEntry[] {
  return graph.scope('optimizer', () => {
    const apply = updateRule(optimizer, rateInputs(graph))
    const clipped = maxGradientNorm === undefined ? gradients : clip(graph, gradients, maxGradientNorm)
    return parameters.flatMap((parameter, index) => {
      const { name } = parameter
      const shape = parameter.shape.map(Number)
      const own = entryOf(name, 'value', shape)
      const slots = slotsOf(optimizer).map((slot) => entryOf(name, slot, shape))
      const before = slots.map(({ slot, input }) => [slot, graph.input(input, 'float32', shape)] as const)
      const next = apply(parameter, clipped[index] ?? parameter, Object.fromEntries(before))
      graph.output(own.output, next.parameter)
      for (const { slot, output } of slots) graph.output(output, next.slots[slot] ?? next.parameter)
      if (emaDecay === undefined) return [own, ...slots]
      const ema = entryOf(name, 'ema', shape)
      const average = graph.input(ema.input, 'float32', shape)
      const moved = ops.mul(ops.sub(next.parameter, average), 1 - emaDecay)
      graph.output(ema.output, ops.add(average, moved))
      return [own, ...slots, ema]
    })
  })
}

function clip(graph: Graph, gradients: readonly Value[], most: number): readonly Value[] {
  const norm = globalNorm(gradients)
  graph.output('gradientNorm', norm)
  return clipByNorm(gradients, norm, most)
}

function entryOf(parameter: string, slot: string, shape: readonly number[]): StateEntry {
  const input = slot === 'value' ? parameter : `${parameter}#${slot}`
  return { parameter, slot, input, output: `next:${input}`, shape }
}

function scalar(loss: Value): Value {
  return loss.shape.length === 0 ? loss : ops.reshape(loss, [])
}
