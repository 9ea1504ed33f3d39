import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { float32, int64, type Tensor } from '@patchbay/onnx'
import { configFields } from '../weights/config-fields.ts'
import type { ClipTokenizer } from '../tokenizer/clip-tokenizer.ts'
import { concatBatch } from '../tensor/index.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf } from '../weights/component.ts'
import { exportedModel, runExported, type ExportedFeeds } from '../networks/exported-graph.ts'
import type { ExportedImageEncoder } from '../networks/image-encoder.ts'
import type { Sessions } from '../networks/sessions.ts'
import { coloursOf, configBeside, nameOf, type TowerConfig } from './tower-config.ts'

/** A text tower in a graph that was exported: ids of tokens to `text_embeds`. */
export interface ExportedTextTower {
  readonly kind: 'exported'
  readonly file: string
  readonly maxTokens: number
  /** What a graph of both towers is fed for the other. */
  readonly beside: ExportedFeeds
}

export interface ExportedTowers {
  readonly name: string
  readonly image: ExportedImageEncoder
  readonly text: { readonly key: string; readonly encoder: ExportedTextTower }
}

/**
 * CLIP's towers as exporters write them: both in one graph (`model.onnx`), or `text_model.onnx` and
 * `vision_model.onnx` beside each other, quantised ones too. Sizes and colours are those of `config.json` and
 * `preprocessor_config.json`, beside them or above a folder `onnx`.
 * @throws CheckpointError where a tower is missing, or the config is that of another model than CLIP
 */
export function openExportedTowers(path: string): ExportedTowers {
  const config = configBeside(path)
  const kind = config.text('model_type', 'clip')
  if (!/^clip(_|$)/.test(kind)) {
    throw new CheckpointError(
      `${config.title} says that ${basename(path)} is of the kind "${kind}"; expected CLIP, whose vocabulary the tokenizer knows`,
    )
  }
  const [vision, text] = [towerFile(path, 'vision'), towerFile(path, 'text')]
  const isWhole = vision === text
  const size = imageSizeOf(config)
  const maxTokens = within(config, 'text_config').number('max_position_embeddings', 77)
  const noText = {
    input_ids: int64([1, maxTokens], Array<number>(maxTokens).fill(0)),
    attention_mask: onesFor(1, maxTokens),
  }
  const noPicture = { pixel_values: float32([1, 3, size, size], new Float32Array(3 * size * size)) }
  return {
    name: nameOf(path),
    image: {
      key: contentKeyOf(vision),
      name: nameOf(path),
      file: vision,
      beside: isWhole ? noText : {},
      input: { size, fit: 'cover', method: 'bicubic', ...coloursOf(config) },
    },
    text: {
      key: contentKeyOf(text),
      encoder: { kind: 'exported', file: text, maxTokens, beside: isWhole ? noPicture : {} },
    },
  }
}

/** The embeddings of texts, [texts, width], by an exported graph; one after another, where it is made for one. */
export async function encodeExportedTexts(
  sessions: Sessions,
  { key, encoder: { file, maxTokens, beside } }: ExportedTowers['text'],
  tokenizer: ClipTokenizer,
  texts: readonly string[],
): Promise<Tensor> {
  const rows = texts.map((text) => [tokenizer.start, ...tokenizer.encode(text).slice(0, maxTokens - 2), tokenizer.end])
  return sessions.with({ key, build: () => exportedModel(file) }, async (session) => {
    const [batch] = session.inputs.find(({ name }) => name === 'input_ids')?.shape ?? []
    const groups = typeof batch === 'number' ? rows.map((row) => [row]) : [rows]
    const encoded: Tensor[] = []
    for (const group of groups) {
      const shape = [group.length, maxTokens] as const
      const filled = (values: (row: readonly number[]) => readonly number[], filling: number) =>
        int64(
          shape,
          group.flatMap((row) => [...values(row), ...Array<number>(maxTokens - row.length).fill(filling)]),
        )
      const results = await runExported(session, file, {
        input_ids: filled((row) => row, tokenizer.end),
        attention_mask: filled((row) => row.map(() => 1), 0),
        ...beside,
      })
      encoded.push(results('text_embeds'))
    }
    return concatBatch(encoded)
  })
}

/** The graph that has a tower: the file itself, or the one beside it that is called for the other tower. */
function towerFile(path: string, tower: 'text' | 'vision'): string {
  const name = basename(path)
  const other = name.replace(/^(text|vision)_model/, `${tower}_model`)
  const file = join(dirname(path), other)
  if (existsSync(file)) return file
  throw new CheckpointError(`${name} holds one tower of CLIP: the other one, ${other}, is expected beside it`)
}

function imageSizeOf(config: TowerConfig): number {
  const vision = within(config, 'vision_config')
  const crop = config.part('crop_size')
  const cropped = typeof crop === 'number' ? crop : within(config, 'crop_size').number('height', 224)
  return vision.number('image_size', cropped)
}

/** An object within the config; without it, one that has no fields. */
function within(config: TowerConfig, name: string) {
  return configFields(`${config.title}, ${name}`, config.part(name) ?? {})
}

const onesFor = (rows: number, columns: number) => int64([rows, columns], Array<number>(rows * columns).fill(1))
