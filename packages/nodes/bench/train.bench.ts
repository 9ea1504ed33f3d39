/** Training steps of the bundled checkpoint's UNet a second, beside the same network in PyTorch where PATCHBAY_PYTHON (or python3) has it. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { initialParameters, Trainer } from '@patchbay/onnx'
import { parseUNet2DConditionConfig } from '../src/architectures/unet-2d-condition/config.ts'
import { unetNetwork } from '../src/architectures/unet-2d-condition/index.ts'
import { philoxNormal } from '../src/random/index.ts'
import { denoisingFeeds, denoisingLoss, scaledLinearAlphas } from '../src/training/losses/denoising-loss.ts'
import { bundledFolder } from './bundled-checkpoint.ts'

const asJson = process.argv.includes('--json')
const [batch, side, tokens] = [16, 8, 16]
const threads = availableParallelism()
const configFile = join(bundledFolder, 'unet/config.json')
const config = parseUNet2DConditionConfig(JSON.parse(readFileSync(configFile, 'utf8')))

const loss = denoisingLoss(unetNetwork(config), 'v', { batch, side, tokens })
const trainer = await Trainer.create(loss, {
  optimizer: { type: 'adamw' },
  learningRate: 1e-4,
  initial: initialParameters(loss.graph, 1),
  session: { threads },
})
const batchOf = {
  latents: philoxNormal(1, [batch, config.inChannels, side, side]).data,
  shape: [batch, config.inChannels, side],
  text: philoxNormal(2, [batch, tokens, config.crossAttentionDim]).data,
  tokens,
  pooled: philoxNormal(3, [batch, 512]).data,
  sizes: [64, 64, 0, 0, 64, 64],
} as const
const noiseProcess = { prediction: 'v', timesteps: 1000, alphasCumprod: scaledLinearAlphas() } as const
let best = Infinity
for (let step = 0; step < 8; step++) {
  const feeds = denoisingFeeds(batchOf, { process: noiseProcess, seed: 1, step })
  const began = performance.now()
  await trainer.step(feeds)
  if (step > 1) best = Math.min(best, performance.now() - began)
}
await trainer.dispose()
const details = { batch, side, tokens, threads }
report('train_unet_steps_per_second', 1000 / best, 'steps/s', details)
const torch = await inPyTorch()
if (torch === undefined) {
  if (!asJson)
    process.stdout.write('PyTorch and diffusers are not installed: set PATCHBAY_PYTHON to a Python that has them.\n')
} else {
  report('train_pytorch_steps_per_second', 1000 / torch.milliseconds, 'steps/s', { ...details, torch: torch.torch })
  report('train_over_pytorch', torch.milliseconds / best, '× PyTorch', details)
}

async function inPyTorch(): Promise<{ readonly milliseconds: number; readonly torch: string } | undefined> {
  const script = fileURLToPath(new URL('train_unet.py', import.meta.url))
  const args = [script, configFile, batch, side, tokens, threads].map(String)
  try {
    const { stdout } = await promisify(execFile)(process.env['PATCHBAY_PYTHON'] ?? 'python3', args)
    return JSON.parse(stdout) as { milliseconds: number; torch: string }
  } catch {
    return undefined
  }
}

function report(metric: string, value: number, unit: string, more: object): void {
  const line = { bench: 'train', metric, value: Number(value.toPrecision(4)), unit, ...more }
  process.stdout.write(`${asJson ? JSON.stringify(line) : `${metric.padEnd(32)} ${line.value} ${unit}`}\n`)
}
