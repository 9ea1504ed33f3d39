import { expect, test } from 'vitest'
import {
  createSchemaCompiler,
  createRegistry,
  defineNode,
  float,
  Float,
  link,
  manifestOf,
  seed,
  valuesSchemaOf,
} from '../index.ts'

test('a compiled schema tells every issue with its path and what was there', () => {
  const check = createSchemaCompiler()({
    type: 'object',
    properties: {
      size: {
        type: 'object',
        properties: { width: { type: 'integer', minimum: 8 }, height: { type: 'integer' } },
        required: ['height'],
      },
    },
    additionalProperties: false,
  })
  const issues = [...check({ size: { width: 4 }, mode: 'x' })].sort((a, b) => (a.path < b.path ? -1 : 1))
  expect(issues).toEqual([
    { path: 'mode', message: 'is not known here', keyword: 'additionalProperties' },
    { path: 'size.height', message: 'is missing', keyword: 'required' },
    { path: 'size.width', message: 'must be at least 8, not 4', keyword: 'minimum' },
  ])
  expect(check({ size: { width: 8, height: 1 } })).toEqual([])
})

test('a manifest and a schema say what a declaration says', () => {
  const scale = defineNode({
    type: 'ScaleNumber',
    version: 2,
    inputs: { value: link(Float), by: float({ default: 2, min: 0, max: 9 }), seed: seed() },
    outputs: { scaled: Float },
    run: ({ value, by }) => ({ scaled: value * by }),
  })
  const manifest = manifestOf(createRegistry({ nodes: [scale] })).nodes.find(({ type }) => type === 'ScaleNumber')
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest)
  expect(manifest).toMatchObject({
    label: 'Scale number',
    inputs: [
      { name: 'value', kind: 'link', types: ['float'], optional: false, lazy: false, list: false },
      { name: 'by', kind: 'value', default: 2, widget: { type: 'float', min: 0, max: 9 } },
      { name: 'seed', kind: 'value', widget: { type: 'seed' } },
    ],
    outputs: [{ name: 'scaled', type: 'float', list: false }],
  })
  const check = createSchemaCompiler()(valuesSchemaOf(scale))
  expect(check({ by: 3, seed: '18446744073709551615' })).toEqual([])
  expect(check({ seed: '18446744073709551616' }).map(({ path }) => path)).toContain('seed')
})
