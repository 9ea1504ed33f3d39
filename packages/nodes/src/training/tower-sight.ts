import { basename, dirname } from 'node:path'
import { featureMap, float32, Graph, requireFloat32, Scope, toChannelsFirst } from '@patchbay/onnx'
import { placesGroup, towerSight } from '../architectures/trunk-captioner/trunk-captioner.ts'
import { trunkScaleOf } from '../architectures/scorers/image-trunk.ts'
import { parseScoreTowerConfig, type ScoreTowerConfig } from '../architectures/scorers/score-tower.ts'
import { imageFrom } from '../image/image.ts'
import { centred, joined, pixelsFor } from '../networks/image-encoder.ts'
import type { Sessions } from '../networks/sessions.ts'
import { configBeside } from '../scoring/tower-config.ts'
import { contentKeyOf } from '../weights/component.ts'
import { openWeightFile } from '../weights/weight-file.ts'
import type { SeenPictures, SightSizes } from './losses/caption-loss.ts'

/** A frozen image tower, as the training of a captioner sees through it. */
export interface TowerEyes {
  /** The folder of the towers among the score models. */
  readonly towers: string
  readonly sizes: SightSizes
  /** Pictures of any one size in -1 to 1: [batch, 3, side, side]. */
  see(sessions: Sessions, pictures: Float32Array, side: number): Promise<SeenPictures>
}

/**
 * Opens the image tower of Patchbay's own score towers, in a folder of its own with its config.
 * @throws ConfigError where the file beside it describes no such tower
 */
export function openTowerEyes(path: string): TowerEyes {
  const { json, title } = configBeside(path)
  const config = parseScoreTowerConfig(json, title)
  return {
    towers: basename(dirname(path)),
    sizes: sizesOf(config),
    see: (sessions, pictures, side) => seen(sessions, path, config, pixelsOf(pictures, side, config.imageSize)),
  }
}

function sizesOf({ trunk, imageSize, projectionSize }: ScoreTowerConfig): SightSizes {
  const { groups } = trunk
  const group = placesGroup(trunk)
  const scale = trunkScaleOf({ ...trunk, groups: groups.slice(0, group + 1) })
  return {
    places: [groups[group]?.channels ?? 0, imageSize / scale],
    whole: [groups.at(-1)?.channels ?? 0, imageSize / trunkScaleOf(trunk)],
    embedding: projectionSize,
  }
}

/** The pictures at the size of the tower. */
function pixelsOf(pictures: Float32Array, side: number, size: number): Float32Array {
  const area = side * side
  const input = { size, fit: 'stretch', method: 'bilinear', ...centred } as const
  return joined(
    Array.from({ length: pictures.length / (3 * area) }, (_, k) => {
      const planes = pictures.subarray(3 * area * k, 3 * area * (k + 1))
      const image = imageFrom(
        { batch: 1, height: side, width: side, channels: 3 },
        (__, y, x, c) => ((planes[c * area + y * side + x] ?? NaN) + 1) / 2,
      )
      return pixelsFor(input, image)
    }),
  )
}

async function seen(
  sessions: Sessions,
  path: string,
  config: ScoreTowerConfig,
  pixels: Float32Array,
): Promise<SeenPictures> {
  const { imageSize: size } = config
  const build = () => {
    const graph = new Graph()
    const image = featureMap(graph.input('image', 'float32', ['batch', 3, size, size]))
    const { places, whole, embedding } = towerSight(new Scope(graph), config, image)
    graph.output('places', toChannelsFirst(places))
    graph.output('whole', toChannelsFirst(whole))
    graph.output('embedding', embedding)
    return { graph, weights: openWeightFile(path) }
  }
  return sessions.with({ key: `${contentKeyOf(path)}|tower-sight`, build }, async (session) => {
    const results = await session.run({ image: float32([pixels.length / (3 * size * size), 3, size, size], pixels) })
    const floats = (name: string): Float32Array => requireFloat32(results[name], `The ${name} of the towers`).data
    return { places: floats('places'), whole: floats('whole'), embedding: floats('embedding') }
  })
}
