/** Trains a tiny autoencoder in the folder of the first argument for as many steps as the second says, and prints each step. */
import { join } from 'node:path'
import { loadPictureFolder } from '../definitions/data/load-picture-folder.ts'
import { trainAutoencoder } from '../definitions/training/train-autoencoder.ts'
import { createLocalServices } from '../local-services.ts'
import { runNode } from './run-node.ts'

const [folder = '', steps = ''] = process.argv.slice(2)
const services = createLocalServices({ output: join(folder, 'output'), folders: { vae: [join(folder, 'vae')] } })
const { dataset } = (await runNode(loadPictureFolder, { size: 16 }, { services })).outputs
await runNode(
  {
    ...trainAutoencoder,
    run: (inputs, context) =>
      trainAutoencoder.run(inputs, { ...context, progress: (step) => void process.stdout.write(`${step}\n`) }),
  },
  { dataset, name: 'vae', network: 'tiny', halvings: 2, batch: 2, steps: Number(steps), saveEvery: 1, sampleEvery: 0 },
  { services },
)
