import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from './json.ts'
import { parseJson } from './parse-json.ts'
import { canonicalJson, serializeWorkflow } from './serialize.ts'
import { anyWorkflow } from './workflow.contract.ts'
import type { Workflow } from './workflow.ts'

const example: Workflow = {
  nodes: {
    '10': {
      links: {
        b: [
          { output: 'sum', node: '2' },
          { node: '2', output: 'sum' },
        ],
      },
      values: { y: 2, x: [1, [2, 3]] },
      type: 'Add',
      version: 1,
    },
    '2': { type: 'Text', version: 3, values: {}, links: {}, mode: 'muted' },
  },
  layout: { nodes: { '10': { y: 5, x: 4, title: 'Sum' } }, view: { zoom: 1, x: 0, y: 0 } },
  parameters: { text: { node: '2', input: 'text' }, again: { node: '2', input: 'text', label: 'Again' } },
  version: 1,
  format: 'patchbay-workflow',
}

test('keys, ids and links have one order and one line each', () => {
  expect(serializeWorkflow(example)).toBe(`{
  "format": "patchbay-workflow",
  "version": 1,
  "parameters": {
    "text": { "node": "2", "input": "text" },
    "again": { "node": "2", "input": "text", "label": "Again" }
  },
  "nodes": {
    "2": {
      "type": "Text",
      "version": 3,
      "mode": "muted",
      "values": {},
      "links": {}
    },
    "10": {
      "type": "Add",
      "version": 1,
      "values": {
        "x": [1, [2, 3]],
        "y": 2
      },
      "links": {
        "b": [{ "node": "2", "output": "sum" }, { "node": "2", "output": "sum" }]
      }
    }
  },
  "layout": {
    "nodes": {
      "10": { "x": 4, "y": 5, "title": "Sum" }
    },
    "view": { "x": 0, "y": 0, "zoom": 1 }
  }
}
`)
})

test('what is written is read back the same', () => {
  fc.assert(
    fc.property(anyWorkflow, (workflow) => {
      expect(parseJson(serializeWorkflow(workflow))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(workflow)) })
    }),
  )
})

test('the order in which a document was put together leaves no trace in its bytes', () => {
  fc.assert(
    fc.property(anyWorkflow, (workflow) => {
      // Parameters are shown in the order they stand in, so theirs is meant.
      const { parameters: _, workflows: __, ...rest } = workflow
      expect(serializeWorkflow(reversed(rest) as unknown as Workflow)).toBe(serializeWorkflow(rest))
    }),
  )
})

test('writing what was read back gives the same bytes again', () => {
  fc.assert(
    fc.property(anyWorkflow, (workflow) => {
      const text = serializeWorkflow(workflow)
      expect(serializeWorkflow(JSON.parse(text) as Workflow)).toBe(text)
    }),
  )
})

test('equal JSON has equal canonical text, and different JSON has not', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(canonicalJson(reversed(a as JsonValue))).toBe(canonicalJson(a))
      const isEqual = canonicalJson(a) === canonicalJson(b)
      if (isEqual) expect(JSON.parse(canonicalJson(a))).toEqual(JSON.parse(JSON.stringify(b)))
    }),
  )
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  )
}
