// Trains `patchbay-mini-turbo` by the node TrainTurbo on the bundled checkpoint: four steps without guidance.
// A run goes on from its last state, and SIGTERM ends it with its state kept.
// node --conditions=patchbay-source --import tsx tools/training/train_turbo.ts <data> <state> <steps> [critic weight]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { datasetOfIcons, loadIconPictures } from '../../packages/nodes/src/dataset/captioned-pictures.ts'
import type { Dataset } from '../../packages/nodes/src/dataset/dataset.ts'
import { loadCheckpoint } from '../../packages/nodes/src/definitions/loaders/load-checkpoint.ts'
import { loadScoreTowers } from '../../packages/nodes/src/definitions/scores/load-score-towers.ts'
import { criticNode } from '../../packages/nodes/src/definitions/training/critic.ts'
import { trainTurbo } from '../../packages/nodes/src/definitions/training/train-turbo.ts'
import { createLocalServices } from '../../packages/nodes/src/host/local-services.ts'
import { runNode } from '../../packages/nodes/src/testing/run-node.ts'

const [data, state, stepsText, weightText = '0.2'] = process.argv.slice(2)
if (!data || !state || !Number(stepsText))
  throw new Error('Usage: train_turbo.ts <data> <state> <steps> [critic weight]')

const services = createLocalServices({
  output: join(state, 'output'),
  work: join(state, 'work'),
  folders: { loras: [join(state, 'loras')] },
  threads: 1,
})
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort(new Error('ended; its state is kept')))

// Common things are seen four times as often, as the checkpoint saw them.
const nouns = new Set(
  readFileSync(new URL('common_nouns.txt', import.meta.url), 'utf8')
    .split(/[,\n]/)
    .map((word) => word.trim()),
)
const icons = await loadIconPictures({ cacheFolder: data, size: 64 })
const all = datasetOfIcons(icons)
const pictures = all.pictures.filter(({ row }) => icons.pictures[row]?.split === 'train')
const common = pictures.filter(({ captions: [caption = ''] }) => nouns.has(caption))
const dataset: Dataset = { ...all, pictures: [...pictures, ...common, ...common, ...common] }
console.log(`${pictures.length} pictures, ${common.length} of them of common things`)

const { model, textEncoder, vae } = (await runNode(loadCheckpoint, {}, { services })).outputs
const { towers } = (await runNode(loadScoreTowers, {}, { services })).outputs
const weight = Number(weightText)
const judged = { kind: 'text', loss: 'hinge', towers, weight, from: 40, gradientPenalty: 0.1 }
const { critic } = (await runNode(criticNode, judged, { services })).outputs
const settings = { name: 'patchbay-mini-turbo', steps: Number(stepsText), batch: 16, learningRate: 1e-3, saveEvery: 20 }
const inputs = { dataset, model, textEncoder, vae, critic, ...settings, sampleEvery: 0 }
const began = performance.now()
const progress = (step: number, steps: number, text = ''): void => {
  if (step % 5 === 0)
    console.log(`${Math.round((performance.now() - began) / 1000)} s: step ${step} of ${steps}, ${text}`)
}
const node = {
  ...trainTurbo,
  run: (own: never, context: never) => trainTurbo.run(own, { ...(context as object), progress } as never),
}
await runNode(node as never, inputs, { services, signal: stop.signal })
