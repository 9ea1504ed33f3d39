import { expect, test } from 'vitest'
import { kritaClasses } from '../krita/classes.ts'
import { adapters } from './index.ts'
import { coreNodes, coreNodesWithout } from './core-nodes.ts'

const split = (named: { readonly [key: string]: string }) => Object.values(named).flatMap((names) => names.split(' '))
const adapted = new Set(adapters.map(({ name }) => name))
const without = new Set(split(coreNodesWithout))

test.each(split(coreNodes))('%s either has an adapter or a reason why it has none', (name) => {
  expect([adapted.has(name), without.has(name)]).toEqual(without.has(name) ? [false, true] : [true, false])
})

test('reasons are given for core nodes alone, each once', () => {
  const core = split(coreNodes)
  expect(split(coreNodesWithout).filter((name) => !core.includes(name))).toEqual([])
  expect([new Set(core).size, without.size]).toEqual([core.length, split(coreNodesWithout).length])
})

test('every adapter stands on what somebody sends: a core node, or one that clients bring', () => {
  const others = [...adapted].filter((name) => !split(coreNodes).includes(name))
  const ofKrita = kritaClasses.map(({ name }) => name)
  expect(others.filter((name) => !ofKrita.includes(name)).sort()).toEqual([
    'BatchLatentsNode',
    'CLIPLoaderGGUF',
    'DualCLIPLoaderGGUF',
    'ETN_LoadImageBase64',
    'ETN_LoadMaskBase64',
    'ETN_SendImageWebSocket',
    'IPAdapterAdvanced',
    'IPAdapterModelLoader',
    'SaveImageWebsocket',
    'StyleAlignedBatchAlign',
    'UnetLoaderGGUF',
    'VHS_VideoCombine',
  ])
})
