import { expect, test } from 'vitest'
import { workflowOf } from '../../testing/manifests.ts'
import { foreignModelSources, modelSources, withModelSources } from './model-sources.ts'

const hash = 'A'.repeat(64)

test('a document tells where its files can be had, with their hashes', () => {
  const document = withModelSources(workflowOf({}), [{ name: 'a.safetensors', url: 'hf:x/a', sha256: hash }])
  expect(modelSources(document)).toEqual([{ name: 'a.safetensors', url: 'hf:x/a', sha256: hash.toLowerCase() }])
})

test('addresses that are no https or hf, and hashes that are none, are left out', () => {
  const models = [
    { name: 'a', url: 'javascript:alert(1)' },
    { name: 'b', url: 'https://x/b', sha256: 'short' },
    { url: 'https://x/c' },
    'text',
  ]
  expect(modelSources({ extra: { models } })).toEqual([{ name: 'b', url: 'https://x/b' }])
  expect(modelSources({ extra: { models: 'none' } })).toEqual([])
  expect(modelSources({})).toEqual([])
})

test('ComfyUI tells them at the nodes, in subgraphs and for the whole; each name counts once', () => {
  const at = (name: string) => ({ properties: { models: [{ name, url: `https://x/${name}` }] } })
  const found = foreignModelSources({
    models: [{ name: 'whole', url: 'https://x/whole' }],
    nodes: [at('node'), at('twice'), { type: 'Note' }],
    definitions: { subgraphs: [{ nodes: [at('inside'), at('twice')] }] },
  })
  expect(found.map((source) => source.name)).toEqual(['whole', 'node', 'twice', 'inside'])
})

test('a document without anything to tell stays the same object', () => {
  const document = workflowOf({})
  expect(withModelSources(document, [])).toBe(document)
  expect(foreignModelSources('text')).toEqual([])
})
