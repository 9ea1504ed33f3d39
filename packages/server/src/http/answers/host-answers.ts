import type {
  Download,
  FileRecord,
  ModelDetail,
  ModelFolder,
  SystemStatus,
  UploadResponse,
} from '@patchbay/engine/workflow'
import { z } from 'zod'
import { bytes, conformsTo, jsonObject, listOf, time } from './conforms.ts'
import { queueStatus } from './run-answers.ts'

const fileFields = {
  folder: z.string(),
  name: z.string(),
  bytes,
  modifiedAt: time,
  mime: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
}
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/)
export const file = conformsTo<FileRecord>()(z.strictObject(fileFields))
export const uploaded = conformsTo<UploadResponse>()(z.strictObject({ ...fileFields, hash }))
export const modelFolder = conformsTo<ModelFolder>()(z.strictObject({ name: z.string(), files: z.int() }))
export const modelDetail = conformsTo<ModelDetail>()(
  z.strictObject({ ...fileFields, hash, metadata: jsonObject, tensors: z.int().optional() }),
)
export const download = conformsTo<Download>()(
  z.strictObject({
    id: z.string(),
    url: z.string(),
    folder: z.string(),
    name: z.string(),
    state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
    receivedBytes: bytes,
    totalBytes: bytes.optional(),
    error: z.string().optional(),
  }),
)
export const systemStatus = conformsTo<SystemStatus>()(
  z.strictObject({
    version: z.string(),
    platform: z.string(),
    node: z.string(),
    memory: z.strictObject({ totalBytes: bytes, freeBytes: bytes, serverBytes: bytes }),
    queue: queueStatus,
    role: z.enum(['owner', 'viewer']),
    nodePacks: listOf(z.strictObject({ name: z.string(), nodes: z.int(), error: z.string().optional() })),
  }),
)
export const settings = jsonObject
