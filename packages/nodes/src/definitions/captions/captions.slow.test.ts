import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWeightSource, float32, Graph, ops, serializeModel, serializeSafetensors, weightOf } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dataset } from '../../dataset/dataset.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { imageFrom } from '../../image/image.ts'
import { runNode } from '../../testing/run-node.ts'
import { datasetImages } from '../data/dataset-images.ts'
import { trainCaptioner } from '../training/train-captioner.ts'
import { captionDataset } from './caption-dataset.ts'
import { captionImage } from './caption-image.ts'
import { captionScore } from './caption-score.ts'
import { loadCaptioner } from './load-captioner.ts'
import { tagImage } from './tag-image.ts'

let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-captions-'))
  mkdirSync(join(place, 'captioners'))
  services = createLocalServices({
    output: join(place, 'output'),
    folders: { captioners: [join(place, 'captioners')] },
    threads: 1,
  })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

/** Plain squares with their colours for captions: what a decoder can learn in seconds. */
const colours = {
  'a red square': [200, 20, 20],
  'a green square': [20, 160, 30],
  'a blue square': [20, 40, 200],
} as const

function squares(): Dataset {
  const size = 32
  const captions = Object.keys(colours)
  const pixels = Uint8Array.from(
    Object.values(colours).flatMap((colour) => Array.from({ length: size * size }, () => [...colour, 255]).flat()),
  )
  return {
    title: 'squares',
    size,
    pixels,
    pictures: captions.map((caption, row) => ({ row, captions: [caption] })),
    augmentation: { mirrored: 0, shift: 0, coloured: 0 },
  }
}

describe('a captioner that is trained on three colours', () => {
  const trained = async () =>
    (
      await runNode(
        trainCaptioner,
        {
          dataset: squares(),
          name: 'squares',
          steps: 60,
          batch: 6,
          learningRate: 0.005,
          emaDecay: 0,
          network: 'tiny',
          maxTokens: 8,
        },
        { services },
      )
    ).outputs

  test(
    'says them, to pictures and to whole data sets, and is opened again from its folder',
    { timeout: 120_000 },
    async () => {
      const { captioner } = await trained()
      const { image } = (await runNode(datasetImages, { dataset: squares() }, { services })).outputs
      const said = await runNode(captionImage, { captioner, image, beams: 2 }, { services })
      expect(said.outputs['captions']).toEqual(Object.keys(colours))
      expect(said.shown['text']).toEqual(Object.keys(colours))
      const again = (await runNode(loadCaptioner, { captioner: 'squares/model.safetensors' }, { services })).outputs[
        'captioner'
      ]
      const unnamed = { ...squares(), pictures: squares().pictures.map((picture) => ({ ...picture, captions: ['?'] })) }
      const { dataset } = (
        await runNode(captionDataset, { dataset: unnamed, captioner: again, trigger: 'sq' }, { services })
      ).outputs as { readonly dataset: Dataset }
      expect(dataset.pictures.map(({ captions }) => captions)).toEqual(
        Object.keys(colours).map((caption) => [`sq ${caption}`]),
      )
      const prompted = await runNode(captionImage, { captioner, image, prompt: 'a blue' }, { services })
      expect(prompted.outputs['caption']).toBe('a blue square')
      await expect(runNode(captionImage, { captioner, image, task: 'tags' }, { services })).rejects.toThrow(
        'squares has no task "tags"; it has caption. Choose one of these, or write a prompt.',
      )
    },
  )
})

test('a file that writes no captions is named for what it is, and one without its config or vocabulary says what lacks', async () => {
  const save = (name: string, weight: string, config?: unknown) => {
    const folder = join(place, 'captioners', name)
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'model.safetensors'),
      serializeSafetensors(createWeightSource([weightOf(weight, float32([1], [0]))])),
    )
    if (config !== undefined) writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
    return runNode(loadCaptioner, { captioner: `${name}/model.safetensors` }, { services })
  }
  await expect(save('tower', 'vision_model.embeddings.class_embedding')).rejects.toThrow(
    "is no captioner: it looks like CLIP's image tower (use LoadCLIPVision)",
  )
  const word = 'text_decoder.bert.embeddings.word_embeddings.weight'
  await expect(save('bare', word)).rejects.toThrow('bare has no config.json with a "text_config"')
  await expect(save('mute', word, { text_config: {}, vision_config: {} })).rejects.toThrow(
    'mute has no vocabulary: put the tokenizer.json or vocab.txt of its download beside model.safetensors',
  )
})

describe('a WD tagger', () => {
  /** Tells the mean of blue, green and red: a graph in the shape of a tagger's. */
  function writeTagger(name: string, list: string | undefined): string {
    const folder = join(place, 'captioners', name)
    mkdirSync(folder)
    const graph = new Graph()
    const pixels = graph.input('input', 'float32', ['batch', 8, 8, 3])
    graph.output('output', ops.div(ops.reduceMean(pixels, { axes: [1, 2], keepDims: false }), 255))
    writeFileSync(
      join(folder, 'model.onnx'),
      serializeModel(graph, () => {
        throw new Error('There are no weights')
      }).bytes,
    )
    if (list !== undefined) writeFileSync(join(folder, 'selected_tags.csv'), list)
    return `${name}/model.onnx`
  }
  const list = 'tag_id,name,category,count\n1,"blue_sky, wide",0,9\n2,green_hill,4,9\n3,red_^,0,9\n'
  const image = imageFrom({ batch: 1, height: 4, width: 8, channels: 3 }, (_, __, ___, c) => [1, 0.2, 0.6][c] ?? 0)

  test('tells what is likely, likeliest first, of a picture on white', async () => {
    const tagger = writeTagger('colours', list)
    const asked = { image, tagger, threshold: 0.5, characterThreshold: 0.65 }
    const { outputs } = await runNode(tagImage, asked, { services })
    // Half of the square is white: red (1 + 1) / 2, blue (0.6 + 1) / 2, green (0.2 + 1) / 2, which is too little.
    expect(outputs['tags']).toBe('red ^, blue sky, wide')
    const without = await runNode(tagImage, { ...asked, exclude: 'red_^' }, { services })
    expect(without.outputs['tags']).toBe('blue sky, wide')
  })

  test('without its list, or with that of another, says so', async () => {
    await expect(
      runNode(tagImage, { image, tagger: writeTagger('listless', undefined) }, { services }),
    ).rejects.toThrow('model.onnx has no list of tags: put the selected_tags.csv of its download beside it')
    const short = writeTagger('short', 'tag_id,name,category,count\n1,one,0,9\n')
    await expect(runNode(tagImage, { image, tagger: short }, { services })).rejects.toThrow(
      'tells 3 tags, but selected_tags.csv beside it lists 1',
    )
  })
})

test('captions are scored against lines of references, and what does not pair up says so', async () => {
  const { outputs } = await runNode(
    captionScore,
    { captions: ['a red apple', 'a dog'], references: ['an apple\na red apple', 'a cat'] },
    { services },
  )
  expect(outputs['exact']).toBe(0.5)
  await expect(runNode(captionScore, { captions: ['a'], references: [] }, { services })).rejects.toThrow(
    'There are 1 captions and 0 references',
  )
})
