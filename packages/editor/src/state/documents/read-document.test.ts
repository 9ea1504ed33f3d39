import { expect, test } from 'vitest'
import { serializeWorkflow, type Workflow } from '@patchbay/engine/workflow'
import { readDocument } from './read-document.ts'

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
  const add = { type: 'Add', version: 1, values: {}, links: {} }
  const read = (node: object) =>
    readDocument(JSON.stringify({ format: 'patchbay-workflow', version: 1, nodes: { 1: node } }))
  expect(read(add).ok).toBe(true)
  for (const part of ['type', 'values', 'links']) {
    const message = expect.stringMatching(new RegExp(`^The workflow is damaged\\. nodes\\.1\\.${part}: `))
    expect(read({ ...add, [part]: null })).toEqual({ ok: false, message })
  }
})
