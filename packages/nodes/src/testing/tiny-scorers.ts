import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createWeightSource,
  featureMap,
  Graph,
  initialParameters,
  Scope,
  serializeSafetensors,
  weightOf,
} from '@patchbay/onnx'
import { discriminator, discriminatorJson, type DiscriminatorConfig } from '../architectures/scorers/discriminator.ts'
import type { ImageTrunkConfig } from '../architectures/scorers/image-trunk.ts'
import { scoreTower, scoreTowerJson, type ScoreTowerConfig } from '../architectures/scorers/score-tower.ts'

const trunk: ImageTrunkConfig = {
  block: 'plain',
  stemChannels: 4,
  groups: [
    { expansion: 1, channels: 6, repeats: 1, stride: 2 },
    { expansion: 1, channels: 8, repeats: 1, stride: 2 },
  ],
}
const towerConfig: ScoreTowerConfig = { imageSize: 32, trunk, featureSize: 24, projectionSize: 512 }
const judgeConfig: DiscriminatorConfig = { imageSize: 32, trunk, realismGroup: 1, textSize: 512, width: 8 }

/** Writes score towers and a discriminator of a few thousand random weights, under the names of the bundled ones. */
export function writeTinyScorers(folder: string): void {
  write(join(folder, 'patchbay-towers'), scoreTowerJson(towerConfig), (scope) => {
    scoreTower(scope, towerConfig, featureMap(scope.graph.input('image', 'float32', [1, 3, 32, 32])))
  })
  write(join(folder, 'patchbay-discriminator'), discriminatorJson(judgeConfig), (scope) => {
    const image = featureMap(scope.graph.input('image', 'float32', [1, 3, 32, 32]))
    discriminator(scope, judgeConfig, { image, text: scope.graph.input('text', 'float32', [1, 512]) })
  })
}

function write(folder: string, config: object, build: (scope: Scope) => void): void {
  const graph = new Graph()
  build(new Scope(graph))
  const weights = Object.entries(initialParameters(graph, 4)).map(([name, value]) => weightOf(name, value))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'model.safetensors'), serializeSafetensors(createWeightSource(weights)))
}
