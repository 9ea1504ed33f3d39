import { expect, test } from 'vitest'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import { promptOf } from '../prompt/prompt.ts'
import { createOutputs } from './history.ts'

const artifact: ArtifactRef = {
  hash: `sha256:${'0'.repeat(64)}`,
  name: 'clips/cat_00001_.webp',
  mime: 'image/webp',
  bytes: 9,
  kind: 'video',
}

function outputsOf(classType: string) {
  const prompt = promptOf({ save: { class_type: classType, inputs: {} } })
  const outputs = createOutputs({ idOf: new Map([['save', 'save']]), sending: [], ...(prompt && { prompt }) })
  outputs.add({ event: { type: 'node-artifact', node: 'save', artifact } })
  return outputs.all()
}

const file = { filename: 'cat_00001_.webp', subfolder: 'clips', type: 'output' }

test('what moves stands among the pictures of a core node, which say that they are animated', () => {
  expect(outputsOf('SaveAnimatedWEBP')).toEqual({ save: { images: [file], animated: [true] } })
})

test('clients of Video Helper Suite find it under gifs, with its type', () => {
  expect(outputsOf('VHS_VideoCombine')).toEqual({ save: { gifs: [{ ...file, format: 'image/webp' }] } })
})
