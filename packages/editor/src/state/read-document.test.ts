import { expect, test } from 'vitest'
import { serializeWorkflow, type Workflow } from '@patchbay/engine/workflow'
import { withPngText } from './png-text.ts'
import { pngTexts, readDocument } from './read-document.ts'

const workflow: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  name: '雪中的狐狸',
  nodes: { '1': { type: 'Add', version: 1, values: { seed: '18446744073709551615' }, links: {} } },
}

test('a document is read as it was written, seeds exact', () => {
  expect(readDocument(serializeWorkflow(workflow))).toEqual({ ok: true, workflow })
})

test('a mistake in the JSON is told with its line', () => {
  expect(readDocument('{\n  "format": }')).toMatchObject({ ok: false, message: expect.stringContaining('line 2') })
})

test('documents of other programs are known by their shape', () => {
  expect(readDocument('{"3":{"class_type":"KSampler","inputs":{}}}').ok).toBe('foreign')
  expect(readDocument('{"nodes":[],"links":[]}').ok).toBe('foreign')
  expect(readDocument('{"a":1}').ok).toBe(false)
})

test('a damaged document is refused rather than drawn', () => {
  expect(readDocument('{"format":"patchbay-workflow","version":1,"nodes":{"1":{"type":"Add"}}}').ok).toBe(false)
})

test('a workflow travels inside a PNG, whatever its language', () => {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  const end = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]
  const png = withPngText(Uint8Array.from([...signature, ...end]), 'patchbay', serializeWorkflow(workflow))
  expect(pngTexts(png).get('patchbay')).toBe(serializeWorkflow(workflow))
  expect([...png.slice(-12)]).toEqual(end)
})
