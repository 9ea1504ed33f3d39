import { expect, test } from 'vitest'
import type { InputManifest, NodeInstance, NodeManifest, Workflow } from '@patchbay/engine/workflow'
import { foreignModelSources, withModelSources } from './model-sources.ts'
import { foldersIn, missingIn, replaceFile, replaceType } from './missing.ts'
import { createRegistry } from './registry.ts'

const file: InputManifest = {
  kind: 'value',
  name: 'file',
  label: 'File',
  description: '',
  types: ['text'],
  default: '',
  widget: { type: 'file', folder: 'checkpoints', accept: [] },
  advanced: false,
  schema: {},
}
const manifest = (type: string, more: Partial<NodeManifest> = {}): NodeManifest => ({
  type,
  version: 2,
  label: type,
  category: 'tests',
  description: '',
  aliases: [],
  inputs: [file],
  outputs: [{ name: 'model', label: 'Model', description: '', type: 'model', list: false }],
  sideEffect: false,
  ...more,
})
const registry = createRegistry({
  nodes: [manifest('LoadCheckpoint'), manifest('SaveImage', { inputs: [] })],
  socketTypes: [],
  coercions: [],
})
const node = (type: string, values: NodeInstance['values'], links: NodeInstance['links'] = {}): NodeInstance => ({
  type,
  version: 1,
  values,
  links,
})
const workflow: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: {
    1: node('CheckpointLoad', { file: 'a.safetensors', gone: 1 }),
    2: node('SaveImage', {}, { image: { node: '1', output: 'MODEL' } }),
    3: node('LoadCheckpoint', { file: 'dreams_v2.safetensors' }),
  },
  workflows: {
    inner: { nodes: { 1: node('LoadCheckpoint', { file: 'dreams_v2.safetensors' }) }, inputs: {}, outputs: {} },
  },
}
const folders = { checkpoints: ['other.safetensors', 'sub/dreams_v1.safetensors'] }

test('what is missing is told with what is named like it', () => {
  const { types, files } = missingIn(workflow, registry, folders)
  expect(types.map(({ type, count, near }) => [type, count, near.map((one) => one.type)])).toEqual([
    ['CheckpointLoad', 1, ['LoadCheckpoint']],
  ])
  expect(files).toMatchObject([
    { folder: 'checkpoints', name: 'dreams_v2.safetensors', count: 2, near: ['sub/dreams_v1.safetensors'] },
  ])
  expect(foldersIn(workflow, registry)).toEqual(['checkpoints'])
})

test('nothing is missing while the nodes or the folder are not known yet', () => {
  const empty = createRegistry({ nodes: [], socketTypes: [], coercions: [] })
  expect(missingIn(workflow, empty, folders)).toEqual({ types: [], files: [] })
  expect(missingIn(workflow, registry, {}).files).toEqual([])
})

test('a file is replaced wherever it was named, in sub-workflows too', () => {
  const mended = replaceFile(workflow, registry, { folder: 'checkpoints', name: 'dreams_v2.safetensors' }, 'b.ckpt')
  expect(mended.nodes['3']?.values).toEqual({ file: 'b.ckpt' })
  expect(mended.workflows?.['inner']?.nodes['1']?.values).toEqual({ file: 'b.ckpt' })
  expect(mended.nodes['1']).toEqual(workflow.nodes['1'])
})

test('a node takes the place of one of a missing type, with the values and links that both have', () => {
  const mended = replaceType(workflow, 'CheckpointLoad', manifest('LoadCheckpoint'))
  expect(mended.nodes['1']).toEqual({
    type: 'LoadCheckpoint',
    version: 2,
    values: { file: 'a.safetensors' },
    links: {},
  })
  expect(mended.nodes['2']?.links).toEqual({ image: { node: '1', output: 'model' } })
})

test("addresses of a ComfyUI document's models are kept with the workflow, and offered", () => {
  const hash = 'AB'.repeat(32)
  const model = {
    name: 'dreams_v2.safetensors',
    url: 'https://models.test/d',
    directory: 'checkpoints',
    hash,
    hash_type: 'SHA256',
  }
  const unsafe = { name: 'x.safetensors', url: 'file:///etc/passwd' }
  const foreign = { nodes: [{ id: 1, properties: { models: [model, unsafe] } }], links: [] }
  const sources = foreignModelSources(foreign)
  expect(sources).toEqual([{ name: model.name, url: model.url, sha256: hash.toLowerCase() }])
  const [missing] = missingIn(withModelSources(workflow, sources), registry, folders).files
  expect(missing?.source).toEqual(sources[0])
})
