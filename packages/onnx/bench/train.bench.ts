import {
  bindAsInput,
  createSession,
  Graph,
  initialParameters,
  meanSquaredError,
  parameterCountOf,
  Scope,
  Trainer,
  type Value,
} from '../src/index.ts'
import { anyTensor, bestTime, createCeiling, flopsOf, report, sessionOptions } from './measure.ts'
import { smallUnet, type Layout } from './small-unet.ts'

const batch = 32
const layout: Layout = process.argv.includes('--channels-first') ? 'channels-first' : 'tokens'

function build(): { readonly graph: Graph; readonly predicted: Value } {
  const graph = new Graph()
  const latents = graph.input('latents', 'float32', [batch, 4, 16, 16])
  const timesteps = graph.input('timesteps', 'float32', [batch])
  return { graph, predicted: smallUnet(new Scope(graph, { attention: 'plain' }), latents, timesteps, layout) }
}

const feeds = { latents: anyTensor([batch, 4, 16, 16]), timesteps: anyTensor([batch]) }
const forward = build()
forward.graph.output('predicted', forward.predicted)
const initial = initialParameters(forward.graph, 1)
const flops = flopsOf([forward.predicted])
const session = await createSession(forward.graph, bindAsInput, sessionOptions)

const training = build()
const loss = meanSquaredError(training.predicted, training.graph.input('noise', 'float32', [batch, 4, 16, 16]))
const trainer = await Trainer.create(loss, {
  optimizer: { type: 'adamw' },
  learningRate: 1e-3,
  initial,
  session: sessionOptions,
})
const batchFeeds = { ...feeds, noise: anyTensor([batch, 4, 16, 16]) }
const losses: number[] = []
const step = async (): Promise<void> => void losses.push((await trainer.step(batchFeeds)).loss)

// The three take turns, so that other work on the machine meets them alike.
const ceiling = await createCeiling()
const best = { ceiling: 0, forward: Infinity, train: Infinity }
await step()
for (let round = 0; round < 6; round++) {
  best.ceiling = Math.max(best.ceiling, await ceiling.measure(3))
  best.forward = Math.min(
    best.forward,
    await bestTime(() => session.run({ ...feeds, ...initial }), { runs: 2, warmup: 0 }),
  )
  best.train = Math.min(best.train, await bestTime(step, { runs: 2, warmup: 0 }))
}
const details = {
  layout,
  parameters: parameterCountOf(forward.graph),
  forwardGflop: Number((flops / 1e9).toFixed(1)),
  forwardMs: Math.round(best.forward),
  stepMs: Math.round(best.train),
  ceilingGflops: Math.round(best.ceiling),
  firstLoss: Number(losses[0]?.toFixed(3)),
  lastLoss: Number(losses.at(-1)?.toFixed(3)),
}
const fraction = (3 * flops) / 1e6 / best.train / best.ceiling
report({
  bench: 'train',
  metric: 'train_fraction_of_ceiling',
  value: fraction,
  unit: 'of matrix product',
  target: { atLeast: 0.5 },
  details,
})
report({
  bench: 'train',
  metric: 'train_over_forward',
  value: best.train / best.forward,
  unit: '×',
  target: { atMost: 4 },
})
await trainer.dispose()
await session.dispose()
