import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mergeWeights, renameWeights, type Scope, type WeightSource } from '@patchbay/onnx'
import { parseBlipConfig } from '../architectures/blip/config.ts'
import { blipVision } from '../architectures/blip/vision.ts'
import {
  parseTrunkCaptionerConfig,
  sightMemory,
  towerSight,
  trunkCaptionerClass,
} from '../architectures/trunk-captioner/trunk-captioner.ts'
import { parseScoreTowerConfig } from '../architectures/scorers/score-tower.ts'
import type { Services } from '../host/services.ts'
import { centred } from '../networks/image-encoder.ts'
import type { Captioner } from '../networks/captioner.ts'
import { coloursOf, configBeside, nameOf } from '../scoring/tower-config.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf } from '../weights/component.ts'
import { looksLike } from '../weights/looks-like.ts'
import { openWeightFile } from '../weights/weight-file.ts'

/** What a captioner has to be opened with. */
export type CaptionerHost = Pick<Services, 'pathOf' | 'tokenizers'>

/**
 * Opens a captioner: one of Patchbay's own (`config.json` beside it says so), or BLIP as transformers saves it, with
 * its tokenizer beside it.
 * @throws CheckpointError or ConfigError that says what the file looks like, or what lacks beside it
 */
export async function openCaptioner(path: string, host: CaptionerHost): Promise<Captioner> {
  const source = openWeightFile(path)
  const config = configBeside(path)
  if (!source.names.some((name) => name.startsWith('text_decoder.bert.'))) {
    throw new CheckpointError(
      `${source.title} is no captioner: it looks like ${looksLike(source, 'LoadCaptioner')}; expected BLIP's (BlipForConditionalGeneration of transformers) or one that TrainCaptioner made`,
    )
  }
  if (!config.has('text_config')) {
    throw new CheckpointError(
      `${nameOf(path)} has no config.json with a "text_config" beside its weights: put the one of its download there`,
    )
  }
  const isOurs = config.has('_class_name') && config.text('_class_name') === trunkCaptionerClass
  return isOurs ? openTrunkCaptioner(path, source, host) : openBlip(path, source, host)
}

async function openTrunkCaptioner(path: string, source: WeightSource, host: CaptionerHost): Promise<Captioner> {
  const { json, title } = configBeside(path)
  const { text, towers, tasks } = parseTrunkCaptionerConfig(json, title)
  const file = await host.pathOf('score_models', `${towers}/model.safetensors`)
  const towerConfig = configBeside(file)
  const tower = parseScoreTowerConfig(towerConfig.json, towerConfig.title)
  const words = host.tokenizers.sentence()
  if (words.vocabularySize !== text.vocabularySize) {
    throw new CheckpointError(
      `${nameOf(path)} has ${text.vocabularySize} words, but the bundled vocabulary has ${words.vocabularySize}: it was trained with another one`,
    )
  }
  return {
    key: `${contentKeyOf(path)}|${contentKeyOf(file)}`,
    name: nameOf(path),
    weights: mergeWeights([source, renameWeights(openWeightFile(file), (name) => `towers.${name}`)]),
    input: { size: tower.imageSize, fit: 'stretch', method: 'bilinear', ...centred },
    text,
    words,
    tasks,
    memory: (scope, image) => sightMemory(scope, text.width, towerSight(scope.at('towers'), tower, image)),
  }
}

function openBlip(path: string, source: WeightSource, host: CaptionerHost): Captioner {
  const config = configBeside(path)
  const { vision, text } = parseBlipConfig(config.json, config.title)
  const tokenizer = ['tokenizer.json', 'vocab.txt']
    .map((name) => join(dirname(path), name))
    .find((at) => existsSync(at))
  if (tokenizer === undefined) {
    throw new CheckpointError(
      `${nameOf(path)} has no vocabulary: put the tokenizer.json or vocab.txt of its download beside ${source.title}`,
    )
  }
  return {
    key: contentKeyOf(path),
    name: nameOf(path),
    weights: source,
    input: { size: vision.imageSize, fit: 'stretch', method: 'bicubic', ...coloursOf(config) },
    text,
    words: host.tokenizers.file(tokenizer),
    tasks: { caption: 'a picture of' },
    memory: (scope: Scope, image) => blipVision(scope, vision, image),
  }
}
