import { describe, expect, test } from 'vitest'
import type { Graph } from './graph.ts'
import {
  addGroup,
  addNote,
  nodesInside,
  patchGroup,
  patchNote,
  removeGroup,
  removeNote,
  setReroutes,
} from './decorations.ts'

const empty: Graph = { nodes: {} }
const box = { x: 0, y: 0, width: 100, height: 80 }

describe('groups and notes', () => {
  test('get the next free number, and keep what else is there', () => {
    const two = addGroup(addGroup(empty, { ...box, title: 'First' }), { ...box, title: 'Second' })
    expect(two.layout?.groups).toMatchObject({ 1: { title: 'First' }, 2: { title: 'Second' } })
    expect(addNote(two, { ...box, text: 'a' }).layout).toMatchObject({ groups: two.layout?.groups, notes: { 1: {} } })
  })
  test('are changed in part, and lose what is set to undefined', () => {
    const painted = patchGroup(addGroup(empty, { ...box, title: 'A', color: '#fff' }), '1', { x: 5, color: undefined })
    expect(painted.layout?.groups?.['1']).toEqual({ ...box, x: 5, title: 'A' })
    const note = patchNote(addNote(empty, { ...box, text: 'a' }), '1', { text: 'b' })
    expect(note.layout?.notes?.['1']?.text).toBe('b')
  })
  test('that are not there are not changed', () => {
    expect(patchGroup(empty, '1', { x: 1 })).toBe(empty)
    expect(patchNote(empty, '1', { x: 1 })).toBe(empty)
    expect(removeGroup(empty, '1')).toBe(empty)
    expect(removeNote(empty, '1')).toBe(empty)
  })
  test('are removed one at a time', () => {
    const two = addNote(addNote(empty, { ...box, text: 'a' }), { ...box, text: 'b' })
    expect(Object.keys(removeNote(two, '1').layout?.notes ?? {})).toEqual(['2'])
    const groups = addGroup(empty, { ...box, title: 'A' })
    expect(removeGroup(groups, '1').layout?.groups).toEqual({})
  })
})

test('reroute points are set, and none removes them', () => {
  const routed = setReroutes(empty, '2.in', [{ x: 1, y: 2 }])
  expect(routed.layout?.reroutes).toEqual({ '2.in': [{ x: 1, y: 2 }] })
  expect(setReroutes(routed, '2.in', []).layout?.reroutes).toEqual({})
})

test('a group holds the nodes whose middle lies in it', () => {
  const boxes = new Map([
    ['in', { x: 60, y: 10, width: 40, height: 20 }],
    ['half', { x: 90, y: 10, width: 40, height: 20 }],
  ])
  expect(nodesInside(boxes, box)).toEqual(['in'])
})
