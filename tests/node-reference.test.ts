import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { comfyTable, nodeReference } from '../tools/node-reference.ts'

const page = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8')
const howTo = 'run: node --conditions=patchbay-source --import tsx tools/node-reference.ts'

test('the reference of nodes is what the definitions say', () => {
  expect(page('nodes.md'), howTo).toBe(nodeReference())
})

test('the table for people who come from ComfyUI is what the definitions say', () => {
  expect(page('comfyui-nodes.md'), howTo).toBe(comfyTable())
  for (const known of [
    'KSampler',
    'CLIPTextEncode',
    'CheckpointLoaderSimple',
    'VAEDecode',
    'LoraLoader',
    'SaveImage',
  ]) {
    expect(`${comfyTable()}${nodeReference()}`).toContain(known)
  }
})
