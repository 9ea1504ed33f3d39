import { describe, expect, test } from 'vitest'
import { instance, linkInput, nodeManifest, output, testManifest, valueInput } from '../testing/manifests.ts'
import { geometryOf, type NodeGeometry, inputsOf, isImageFile, metrics } from './node-geometry.ts'

const sample = testManifest.nodes.find((node) => node.type === 'Sample')
const from = { node: '1', output: 'x' }
const rowOf = (geometry: ReturnType<typeof geometryOf>, input: string) =>
  geometry.rows.find((row) => row.input?.name === input)

describe('the shape of a node', () => {
  test('puts link inputs beside outputs, and each value in a row below', () => {
    const { rows } = geometryOf(sample, instance('Sample'), undefined)
    expect(rows.map((row) => [row.input?.name, row.output?.name, row.widget])).toEqual([
      ['model', 'image', false],
      ['positive', undefined, false],
      ['seed', undefined, true],
      ['steps', undefined, true],
    ])
  })
  test('has a socket in the middle of the row of each end', () => {
    const geometry = geometryOf(sample, instance('Sample'), undefined)
    const model = rowOf(geometry, 'model')
    expect(geometry.inputs.get('model')).toEqual({ x: 0, y: (model?.y ?? 0) + metrics.row / 2 })
    expect(geometry.outputs.get('image')?.x).toBe(geometry.width)
  })
  test('hides advanced inputs until they are asked for, have a value or are linked', () => {
    const has = (geometry: NodeGeometry): boolean => rowOf(geometry, 'eta') !== undefined
    expect(has(geometryOf(sample, instance('Sample'), undefined))).toBe(false)
    expect(has(geometryOf(sample, instance('Sample'), undefined, { advanced: true }))).toBe(true)
    expect(has(geometryOf(sample, instance('Sample', { values: { eta: 1 } }), undefined))).toBe(true)
    expect(has(geometryOf(sample, instance('Sample', { links: { eta: from } }), undefined))).toBe(true)
  })
  test('has a line for advanced inputs, under the others and above its lower edge', () => {
    const geometry = geometryOf(sample, instance('Sample'), undefined)
    const last = geometry.rows.at(-1)
    expect(geometry.more).toEqual({ y: (last?.y ?? 0) + (last?.height ?? 0) + metrics.gap, count: 1 })
    expect(geometry.height).toBe((geometry.more?.y ?? 0) + metrics.more + metrics.padding)
    expect(geometryOf(sample, instance('Sample', { values: { eta: 1 } }), undefined).more).toBeUndefined()
  })
  test('of a value that is linked or shown as a socket has a row without a widget', () => {
    expect(rowOf(geometryOf(sample, instance('Sample', { links: { steps: from } }), undefined), 'steps')?.widget).toBe(
      false,
    )
    const socket = { x: 0, y: 0, sockets: ['steps'] }
    expect(rowOf(geometryOf(sample, instance('Sample'), socket), 'steps')?.widget).toBe(false)
  })
  test('that is collapsed is its header alone, with all links ending there', () => {
    const geometry = geometryOf(sample, instance('Sample'), { x: 0, y: 0, collapsed: true })
    expect([geometry.height, geometry.rows.length]).toEqual([metrics.header, 0])
    expect(geometry.inputs.get('steps')).toEqual({ x: 0, y: metrics.header / 2 })
  })
  test('is as wide as asked, between its least and its most', () => {
    const wide = (width: number) => geometryOf(sample, instance('Sample'), { x: 0, y: 0, width }).width
    expect([wide(400), wide(1), wide(9999)]).toEqual([400, metrics.minWidth, metrics.maxWidth])
  })
  test('has room for a picture of its proportions, up to a height', () => {
    const square = geometryOf(sample, instance('Sample'), undefined, { pictureAspect: 1 })
    expect(square.picture?.height).toBe(metrics.width)
    const tall = geometryOf(sample, instance('Sample'), undefined, { pictureAspect: 0.1 })
    expect(tall.picture?.height).toBe(metrics.picture)
    const without = geometryOf(sample, instance('Sample'), undefined)
    expect(square.height - without.height).toBe(metrics.width)
    expect(without.picture).toBeUndefined()
  })
  test('gives what height is spare to a text of several lines, else to the picture', () => {
    const text = nodeManifest('Text', { inputs: [valueInput('text', { type: 'text', multiline: true })] })
    const natural = geometryOf(text, instance('Text'), undefined)
    const taller = geometryOf(text, instance('Text'), { x: 0, y: 0, height: natural.height + 100 })
    expect(rowOf(taller, 'text')?.height).toBe(metrics.text + 100)
    const bare = geometryOf(sample, instance('Sample'), undefined, { pictureAspect: 1 })
    const high = geometryOf(sample, instance('Sample'), { x: 0, y: 0, height: bare.height + 50 }, { pictureAspect: 1 })
    expect(high.picture?.height).toBe(metrics.width + 50)
  })
  test('is never lower than its rows', () => {
    const natural = geometryOf(sample, instance('Sample'), undefined)
    expect(geometryOf(sample, instance('Sample'), { x: 0, y: 0, height: 10 }).height).toBe(natural.height)
  })
  test('of a node that no pack defines shows its links and a notice', () => {
    const lost = geometryOf(undefined, instance('Lost', { links: { a: from } }), undefined)
    expect([...lost.inputs.keys()]).toEqual(['a'])
    expect(lost.height).toBeGreaterThanOrEqual(metrics.header + metrics.row + metrics.notice)
  })
  test('of a picture file has its thumbnail under the widget', () => {
    const load = nodeManifest('Load', { inputs: [valueInput('file', { type: 'file', folder: 'input', accept: [] })] })
    const height = (file: string) =>
      rowOf(geometryOf(load, instance('Load', { values: { file } }), undefined), 'file')?.height
    expect(height('a.png')).toBe(metrics.row + metrics.thumbnail)
    expect(height('a.json')).toBe(metrics.row)
  })
})

describe('inputs that a definition takes without declaring', () => {
  const open = nodeManifest('Open', {
    inputs: [linkInput('first', 'image')],
    outputs: [output('x', 'x')],
    dynamicInputs: { types: ['number'], max: 2 },
  })
  test('are those in use and a free one', () => {
    expect(inputsOf(open, instance('Open')).map((input) => input.name)).toEqual(['first', 'input1'])
    expect(inputsOf(open, instance('Open', { links: { input1: from } })).map((input) => input.name)).toEqual([
      'first',
      'input1',
      'input2',
    ])
  })
  test('end at their number', () => {
    const full = instance('Open', { links: { input1: from, input2: from } })
    expect(inputsOf(open, full).map((input) => input.name)).toEqual(['first', 'input1', 'input2'])
  })
})

test('a picture is known by its ending', () => {
  expect(['a.PNG', 'b.jpeg', 'c.webp'].every(isImageFile)).toBe(true)
  expect([7, 'a.txt', 'png'].some(isImageFile)).toBe(false)
})
