import { choice, link } from '@patchbay/engine'
import { glowCell, type GlowConfig } from '../../architectures/glow/config.ts'
import { digestOf } from '../../dataset/dataset.ts'
import { defineNode } from '../../host/define-node.ts'
import { imageOfPlanes } from '../../image/image.ts'
import { decodeByFlow, flowNoise, greyWhereBroken, parseFlow, valuesFromFlow } from '../../networks/flow-model.ts'
import { createSessions } from '../../networks/sessions.ts'
import { weightsOf } from '../../opening/write-checkpoint.ts'
import { pictureBatch } from '../../training/batches/picture-batch.ts'
import { flowBinding, flowFeeds, flowLoss, flowStart, wholeFlow } from '../../training/losses/flow-loss.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import type { NamedTensors } from '../../training/loop/training-state.ts'
import { flowShapes, networkSizes } from '../../training/network-presets.ts'
import { claimedPath, writeFlow, writeTrained } from '../../training/write-trained.ts'
import { Dataset, Flow } from '../../values/socket-types.ts'
import { contentKeyOf } from '../../weights/component.ts'
import { openWeightFile } from '../../weights/weight-file.ts'
import { trainingInputs } from './training-inputs.ts'

/** Pictures that actnorm is begun with. */
const firstBatch = 64

/** An invertible network from nothing, by how likely it makes its pictures (Kingma and Dhariwal 2018). */
export const trainFlow = defineNode({
  type: 'TrainFlow',
  version: 1,
  category: 'training',
  description:
    'Trains a normalising flow: pictures become noise, without loss, and noise pictures. What is made small is exact: the bits that each number of a picture costs, which is what the loss shows.',
  aliases: ['glow', 'normalizing flow', 'invertible network', 'likelihood'],
  inputs: {
    dataset: link(Dataset, { description: 'Small pictures: 32 pixels are enough to begin with.' }),
    ...trainingInputs({ name: 'my-flow', steps: 3000, batch: 16, learningRate: 1e-3 }),
    network: choice(networkSizes, 'small', {
      description: 'tiny tries a workflow, small shows faces after some minutes, bundled is what ships.',
    }),
  },
  outputs: { flow: Flow },
  sideEffect: true,
  lane: 'gpu',
  async run({ dataset, network, ...settings }, context) {
    const { services } = context
    const path = await claimedPath(services, 'flows', `${settings.name}.safetensors`)
    const config: GlowConfig = { channels: 3, size: dataset.size, ...flowShapes[network] }
    const cell = glowCell(config)
    if (dataset.size % cell !== 0) {
      throw new RangeError(
        `A flow of ${config.levels} levels halves pictures as often, so their side must be a multiple of ${cell}; those of "${dataset.title}" have ${dataset.size} pixels: load them at ${Math.max(cell, Math.floor(dataset.size / cell) * cell)}`,
      )
    }
    const { batch, seed } = settings
    const pictures = (step: number, count: number) => pictureBatch(dataset, { seed, step, batch: count }).pictures
    const first = flowFeeds(config, pictures(0, firstBatch), { seed, step: 0 })
    const start = await flowStart(config, first, Number(seed % 2n ** 32n), services.device)
    const trained = await train(
      {
        ...optimizeWith(settings),
        ...flowBinding(start),
        initial: start,
        recipe: recipeOf('TrainFlow', settings, { config: { ...config }, data: digestOf(dataset) }),
        loss: flowLoss(config, batch),
        feedsOf: (step) => flowFeeds(config, pictures(step, batch), { seed, step }),
        sample: (parameters) => samples(wholeFlow(start, parameters), config, services.device),
      },
      context,
    )
    writeTrained(path, trained, () => writeFlow(path, wholeFlow(start, trained.best), config, trained))
    return { flow: parseFlow(openWeightFile(path), contentKeyOf(path)) }
  },
})

/** Sixteen pictures at temperature 0.7, always of the same noise. */
async function samples(
  tensors: NamedTensors,
  config: GlowConfig,
  device: Parameters<typeof createSessions>[0],
): ReturnType<NonNullable<Parameters<typeof train>[0]['sample']>> {
  const sessions = createSessions(device)
  try {
    const flow = { key: 'in training', config, weights: weightsOf(tensors) }
    const noise = flowNoise(config, { seed: 1n, batch: 16, temperature: 0.7 })
    const { values } = greyWhereBroken(valuesFromFlow(await decodeByFlow(sessions, flow, noise)))
    return imageOfPlanes(values, { low: 0 })
  } finally {
    await sessions.clear()
  }
}
