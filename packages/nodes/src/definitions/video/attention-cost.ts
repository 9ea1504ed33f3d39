import { float, Int, int, Text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { attentionFlops, videoAttention } from '../../maths/attention-pairs.ts'
import { Image } from '../../values/socket-types.ts'
import { grouped, magnitudeChart } from '../../video/attention-chart.ts'

const ways = {
  full: 'all with all',
  spatial: 'within frames',
  temporal: 'along time',
} as const
const names = ['full', 'spatial', 'temporal'] as const

/** What attention over a video costs: all patches with all, within frames, and along time. */
export const attentionCost = defineNode({
  type: 'AttentionCost',
  version: 1,
  category: 'video',
  label: 'Attention cost',
  description:
    'Counts what attention over a video costs, exactly: pairs of a query and a key where every patch sees every other, where it sees those of its frame, and where it sees itself at other times. The last two are what video models do.',
  aliases: ['pairs', 'flops', 'spatial', 'temporal', 'complexity', 'quadratic'],
  inputs: {
    seconds: float({ default: 60, min: 0.01, max: 86_400, unit: 's' }),
    fps: float({ default: 24, min: 0.1, max: 240, description: 'Frames a second.' }),
    across: int({ default: 64, min: 1, max: 4096, description: 'Patches from left to right.' }),
    down: int({ default: 64, min: 1, max: 4096, description: 'Patches from top to bottom.' }),
    width: int({ default: 1024, min: 1, max: 65_536, description: 'Channels of a patch.' }),
    layers: int({ default: 1, min: 1, max: 1000, description: 'Layers of attention of each kind.' }),
  },
  outputs: { full: Int, spatial: Int, temporal: Int, table: Text, image: Image },
  async run({ seconds, fps, across, down, width, layers }, { show }) {
    const frames = Math.max(1, Math.round(seconds * fps))
    const pairs = videoAttention({ frames, across, down })
    const rows = names.map((name) => ({ name: ways[name], count: pairs[name] }))
    const lines = rows.map(
      ({ name, count }) => `| ${name} | ${grouped(count)} | ${grouped(attentionFlops(count, width, layers))} |`,
    )
    const table = ['| attention | pairs a layer | operations |', '| --- | ---: | ---: |', ...lines].join('\n')
    const image = await magnitudeChart(`${frames} frames of ${across} × ${down} patches`, rows)
    show(Object.fromEntries([['frames', frames], ...rows.map(({ name, count }) => [name, grouped(count)])]))
    return { full: whole(pairs.full), spatial: whole(pairs.spatial), temporal: whole(pairs.temporal), table, image }
  },
})

/** As a number that keeps every digit. Throws a RangeError for one that has too many. */
function whole(count: bigint): number {
  if (count <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(count)
  throw new RangeError(
    `${grouped(count)} pairs are more than a number holds exactly (${grouped(BigInt(Number.MAX_SAFE_INTEGER))}): count a shorter or smaller video.`,
  )
}
