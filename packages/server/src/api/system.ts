import { z } from 'zod'
import { queueStatus } from './jobs.ts'
import { bytes, jsonObject, jsonValue, listOf, objectOf } from './shapes.ts'

export const role = z.enum(['owner', 'viewer']).describe('A viewer reads; an owner also changes.')
export const systemStatus = objectOf({
  version: z.string(),
  platform: z.string(),
  node: z.string(),
  memory: objectOf({ totalBytes: bytes, freeBytes: bytes, serverBytes: bytes }),
  queue: queueStatus,
  role,
  nodePacks: listOf(
    objectOf({
      name: z.string(),
      nodes: z.int(),
      error: z.string().exactOptional(),
      warnings: listOf(z.string()).exactOptional().describe('What is wrong with it though it was loaded.'),
    }),
  ).describe('With the reason where one could not be loaded.'),
})
export const settings = jsonObject
export const settingChanges = z.record(z.string().min(1).max(200), jsonValue).readonly()
