import { conv2d, layerNorm, linear, ops, toSequence, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { ConfigError, configFields } from '../../weights/config-fields.ts'
import { blipTextJson, parseBlipTextConfig, type BlipTextConfig } from '../blip/config.ts'
import { imageTrunk, relu6, type ImageTrunkConfig } from '../scorers/image-trunk.ts'
import { meanOverPlaces, type ScoreTowerConfig } from '../scorers/score-tower.ts'

/** BLIP's text decoder on a frozen image tower of score towers: what ships, and what TrainCaptioner trains. */
export interface TrunkCaptionerConfig {
  readonly text: BlipTextConfig
  /** The folder of the towers among the score models. */
  readonly towers: string
  /** What a caption begins with, by what is wanted. */
  readonly tasks: Readonly<Record<string, string>>
}

export const trunkCaptionerClass = 'TrunkCaptioner'
const vocabulary = 'universal-sentence-encoder-lite'

/**
 * Reads the `config.json` of a captioner of ours.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseTrunkCaptionerConfig(json: unknown, title = 'captioner/config.json'): TrunkCaptionerConfig {
  const fields = configFields(title, json)
  if (fields.text('vocabulary') !== vocabulary) {
    throw new ConfigError(
      `${title}: "vocabulary" is "${fields.text('vocabulary')}", but the one that ships is ${vocabulary}`,
    )
  }
  const parts = new Map<string, unknown>(Object.entries(json as object))
  const tasks = parts.get('tasks') ?? {}
  if (typeof tasks !== 'object' || tasks === null || Object.values(tasks).some((text) => typeof text !== 'string')) {
    throw new ConfigError(`${title}: expected "tasks" to be texts by name`)
  }
  return {
    text: parseBlipTextConfig(parts.get('text_config'), `${title}, text_config`),
    towers: fields.text('vision'),
    tasks: tasks as Record<string, string>,
  }
}

/** The `config.json` that `parseTrunkCaptionerConfig` reads. */
export const trunkCaptionerJson = ({ text, towers, tasks }: TrunkCaptionerConfig) => ({
  _class_name: trunkCaptionerClass,
  vision: towers,
  vocabulary,
  text_config: blipTextJson(text),
  tasks,
})

/** What a tower sees of a picture. */
export interface TowerSight {
  /** Of the last group at a sixteenth of the side, and of the last one: maps of features. */
  readonly places: FeatureMap
  readonly whole: FeatureMap
  /** In the space of the texts, of length 1: [batch, projectionSize]. */
  readonly embedding: Value
}

/** The group whose map is the second one the decoder looks at: the last before the side is halved for the last time. */
export function placesGroup({ groups }: ImageTrunkConfig): number {
  const lastHalving = groups.findLastIndex(({ stride }) => stride === 2)
  return Math.max(0, lastHalving - 1)
}

/** Runs the tower: `image` in -1 to 1, [batch, 3, imageSize, imageSize]. */
export function towerSight(scope: Scope, config: ScoreTowerConfig, image: FeatureMap): TowerSight {
  const seen = imageTrunk(scope, config.trunk, image)
  const [places, whole] = [seen[placesGroup(config.trunk)], seen.at(-1)]
  if (!places || !whole) throw new ConfigError('The trunk of the towers has no groups')
  const head = relu6(conv2d(scope.at('head'), whole, { out: config.featureSize, kernel: 1, padding: 0 }))
  const projected = linear(scope.at('visual_projection'), meanOverPlaces(head), { out: config.projectionSize })
  const square = ops.reduceSum(ops.mul(projected, projected), { axes: [1] })
  return { places, whole, embedding: ops.div(projected, ops.sqrt(ops.add(square, 1e-12))) }
}

/** The places of both maps and the embedding, at the decoder's width: [batch, places, width]. */
export function sightMemory(scope: Scope, width: number, { places, whole, embedding }: TowerSight): Value {
  const at = scope.at('vision')
  const maps = [toSequence(places), toSequence(whole)] as const
  const projection = Number(embedding.shape[1])
  // An embedding has length 1; the factor brings its entries to the size of the others'.
  const one = ops.unsqueeze(ops.mul(embedding, Math.sqrt(projection)), [1])
  const all = ops.concat(
    [
      linear(at.at('places'), maps[0], { out: width }),
      linear(at.at('whole'), maps[1], { out: width }),
      linear(at.at('embedding'), one, { out: width }),
    ],
    1,
  )
  const count = Number(all.shape[1])
  return layerNorm(at.at('norm'), ops.add(all, at.parameter('position', [count, width])))
}
