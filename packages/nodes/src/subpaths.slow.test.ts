import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Which of the two native modules a fresh process holds after one import. */
async function nativeModulesOf(specifier: string): Promise<string> {
  const program = `
    await import('${specifier}')
    const paths = Object.keys((await import('node:module')).default._cache).map((path) => path.replaceAll('\\\\', '/'))
    console.log(['sharp', 'onnxruntime-node'].filter((name) => paths.some((path) => path.includes('/node_modules/' + name + '/'))).join())`
  const args = ['--conditions=patchbay-source', '--import', 'tsx', '--input-type=module', '-e', program]
  return (await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })).stdout.trim()
}

test.each([
  '@patchbay/nodes/diffusion',
  '@patchbay/nodes/picture-texts',
  '@patchbay/nodes/precision',
  '@patchbay/onnx/tensor',
])('%s loads neither sharp nor ONNX Runtime', async (specifier) => {
  expect(await nativeModulesOf(specifier)).toBe('')
})

test('the whole package loads both, so that the test above can fail', async () => {
  expect(await nativeModulesOf('@patchbay/nodes')).toBe('sharp,onnxruntime-node')
})
