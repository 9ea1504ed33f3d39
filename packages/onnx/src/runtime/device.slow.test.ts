import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** A provider of this machine's own hardware, where it is to be tested: `PATCHBAY_TEST_DEVICE=cuda`. */
const hardware = process.env['PATCHBAY_TEST_DEVICE']
const provider = hardware ?? 'webgpu'

/** A Vulkan driver in software: the one that is named, or SwiftShader as Chromium brings it along. */
const driver = [
  process.env['PATCHBAY_VULKAN_DRIVER'],
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
].find((path) => path !== undefined && existsSync(path))

const title = hardware
  ? `the hardware behind ${hardware}`
  : driver
    ? `WebGPU on the software driver ${driver}`
    : 'WebGPU (skipped: no software Vulkan driver; install Chromium, name an ICD file: PATCHBAY_VULKAN_DRIVER=…, or test hardware: PATCHBAY_TEST_DEVICE=webgpu)'

/** Runs a program that imports this package, with the driver; gives what it prints as JSON. */
async function run(program: string): Promise<Record<string, unknown>> {
  const imports = `
    const onnx = await import('${new URL('../index.ts', import.meta.url).href}')
    const { randomParameters, randomTensor } = await import('${new URL('../layers/testing.ts', import.meta.url).href}')`
  const args = [
    '--conditions=patchbay-source',
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `${imports}\n${program}`,
  ]
  const path = driver ?? ''
  const software = { LD_LIBRARY_PATH: dirname(path), VK_DRIVER_FILES: path, VK_ICD_FILENAMES: path }
  const env = { ...process.env, ...(hardware ? {} : software) }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
}

/**
 * The largest difference between the outputs of a graph on the provider and on the CPU, relative to the largest output.
 */
const compare = `
  const relativeError = async (graph, feeds, bind) => {
    const [cpu, gpu] = [await onnx.evaluate(graph, feeds, bind), await onnx.evaluate(graph, feeds, bind, { provider: '${provider}' })]
    let [worst, most] = [0, 0]
    for (const [name, { data }] of Object.entries(cpu)) {
      for (const [index, value] of data.entries()) {
        worst = Math.max(worst, Math.abs(value - gpu[name].data[index]))
        most = Math.max(most, Math.abs(value))
      }
    }
    return worst / most
  }`

describe.skipIf(!hardware && !driver)(title, () => {
  test('is chosen by name, with the form of attention that its self-test allows', async () => {
    const choice = await run(`console.log(JSON.stringify(await onnx.chooseProvider({ device: '${provider}' })))`)
    expect(choice['provider']).toBe(provider)
    const [report] = choice['reports'] as { reason: string; attention: string }[]
    expect(report?.reason).toMatch(/^passed its self-test/)
    expect(report?.attention).toBe(report?.reason.includes('fused attention') ? 'chunked' : 'fused')
  }, 240_000)

  test('computes the blocks of a diffusion model, and gradients of their parts, as the CPU does', async () => {
    const result = await run(`${compare}
      const build = () => {
        const graph = new onnx.Graph()
        const scope = new onnx.Scope(graph, { attention: 'chunked' })
        const x = onnx.featureMap(graph.input('x', 'float32', [1, 8, 8, 8]))
        const block = onnx.resnetBlock(scope.at('resnet'), x, graph.input('time', 'float32', [1, 6]), { out: 16, groups: 4 })
        const context = graph.input('context', 'float32', [1, 5, 12])
        const mixed = onnx.spatialTransformer(scope.at('transformer'), block, context, { heads: 2, groups: 4 })
        return { graph, y: onnx.upsample2d(scope.at('up'), onnx.downsample2d(scope.at('down'), mixed)).value }
      }
      const feeds = { x: randomTensor([1, 8, 8, 8], 1), time: randomTensor([1, 6], 2), context: randomTensor([1, 5, 12], 3) }
      const forward = build()
      forward.graph.output('y', forward.y)
      const forwardError = await relativeError(forward.graph, feeds, randomParameters(forward.graph).bind)
      const graph = new onnx.Graph()
      const scope = new onnx.Scope(graph, { attention: 'plain' })
      const x = graph.input('x', 'float32', [1, 5, 8])
      const y = onnx.layerNorm(scope.at('norm'), onnx.attentionLayer(scope.at('attention'), x, undefined, { heads: 2 }))
      const convolved = onnx.conv2d(scope.at('conv'), onnx.featureMap(onnx.ops.reshape(y, [1, 1, 5, 8])), { out: 2, stride: 2 })
      const loss = onnx.ops.reduceMean(onnx.ops.mul(convolved.value, onnx.silu(convolved.value)), { keepDims: false })
      const gradients = onnx.gradientsOf(loss, graph.parameters)
      for (const [index, gradient] of gradients.entries()) graph.output('g' + index, gradient)
      const gradientError = await relativeError(graph, { x: randomTensor([1, 5, 8], 4) }, randomParameters(graph).bind)
      console.log(JSON.stringify({ forwardError, gradientError }))
      process.exit(0)`)
    expect(result['forwardError']).toBeLessThan(1e-4)
    expect(result['gradientError']).toBeLessThan(1e-3)
  }, 240_000)
})
