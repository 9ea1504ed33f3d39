/**
 * Decoding by a VAE of Stable Diffusion's size with random weights: fast beside exact, in turns.
 *
 * npm run bench -- vae [--json] [--sides 512] [--rounds 2] [--processor-time]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  createWeightSource,
  float32,
  Graph,
  openSafetensors,
  Scope,
  featureMap,
  writeSafetensors,
} from '@patchbay/onnx'
import { bestTime, report, sessionOptions } from '../../onnx/bench/measure.ts'
import { decodeLatents } from '../src/architectures/autoencoder-kl/autoencoder-kl.ts'
import { parseAutoencoderKLConfig } from '../src/architectures/autoencoder-kl/config.ts'
import type { Precision } from '../src/architectures/kinds/precision.ts'
import { decodeToImage } from '../src/networks/image-autoencoder.ts'
import { createSessions } from '../src/networks/sessions.ts'
import { randomWeights } from './stable-diffusion-unet.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'processor-time': { type: 'boolean', default: false },
    sides: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '2' },
  },
})

const config = parseAutoencoderKLConfig({
  block_out_channels: [128, 256, 512, 512],
  layers_per_block: 2,
  latent_channels: 4,
  norm_num_groups: 32,
})
const graph = new Graph()
decodeLatents(new Scope(graph), config, featureMap(graph.input('z', 'float32', [1, 4, 'rows', 'columns'])))

const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-vae-'))
const sessions = createSessions({ ...sessionOptions, cacheFolder: join(folder, 'cache') })
try {
  const path = join(folder, 'vae.safetensors')
  writeSafetensors(path, createWeightSource(randomWeights(graph)))
  const weights = openSafetensors(path)
  for (const side of options.sides.split(',').map(Number)) {
    const cells = side / 8
    const latents = float32(
      [1, 4, cells, cells],
      Float32Array.from({ length: 4 * cells * cells }, (_, i) => Math.sin(i * 0.7) * 1.2),
    )
    const decode = (precision: Precision) => () =>
      decodeToImage(sessions, { key: precision, part: { config, weights, precision } }, latents)
    const exact = await bestTime(decode('exact'), { runs: Number(options.rounds), warmup: 1 })
    const fast = await bestTime(decode('fast'), { runs: Number(options.rounds), warmup: 1 })
    const [wanted, got] = [await decode('exact')(), await decode('fast')()]
    const squares = got.data.reduce((sum, value, i) => sum + (value - (wanted.data[i] ?? NaN)) ** 2, 0)
    report({
      bench: 'vae',
      metric: `vae_int8_over_float32${side === 512 ? '' : `_${side}`}`,
      value: fast / exact,
      unit: '×',
      target: { atMost: 0.45 },
      details: {
        exact_ms: Math.round(exact),
        fast_ms: Math.round(fast),
        psnr_db: Number((10 * Math.log10(got.data.length / squares)).toFixed(1)),
      },
    })
  }
} finally {
  await sessions.clear()
  rmSync(folder, { recursive: true })
}
