import type { ArtifactRef } from '@patchbay/engine/workflow'
import { z } from 'zod'
import { bytes, conformsTo, hash, jsonObject, listOf, objectOf, time } from './shapes.ts'

export const artifactKind = z.enum(['image', 'audio', 'video', 'latents', 'weights', 'table', 'text', 'file'])
const artifactFields = {
  hash,
  name: z.string(),
  mime: z.string(),
  bytes,
  kind: artifactKind,
  width: z.int().exactOptional(),
  height: z.int().exactOptional(),
  temporary: z
    .boolean()
    .exactOptional()
    .describe('In the folder of passing files, which is emptied when the host starts.'),
}
export const artifactRef = conformsTo<ArtifactRef>()(objectOf(artifactFields))
export const artifact = objectOf({
  ...artifactFields,
  job: z.string(),
  node: z.string(),
  createdAt: time,
  url: z.string().describe('The path on the server that the bytes are read from.'),
  thumbnailUrl: z.string().exactOptional().describe('The path on the server of a small picture.'),
}).describe('A file that a job kept.')

const fileFields = {
  folder: z.string(),
  name: z.string().describe('Relative to its folder, with `/` between parts.'),
  bytes,
  modifiedAt: time,
  mime: z.string().exactOptional(),
  width: z.int().exactOptional(),
  height: z.int().exactOptional(),
}
export const file = objectOf(fileFields).describe('A file that a `file` widget may choose.')
export const uploadForm = objectOf({
  file: z.file(),
  folder: z.literal('input').exactOptional(),
  name: z.string().exactOptional().describe("Absent, the file's own."),
})
export const uploadResponse = objectOf({ ...fileFields, hash })
export const modelFolder = objectOf({ name: z.string(), files: z.int() })
export const modelDetail = objectOf({
  ...fileFields,
  hash,
  metadata: jsonObject.describe("The header's metadata, as the file has it."),
  tensors: z.int().exactOptional(),
})
export const download = objectOf({
  id: z.string(),
  url: z.string(),
  folder: z.string(),
  name: z.string(),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  receivedBytes: bytes,
  totalBytes: bytes.exactOptional(),
  error: z.string().exactOptional(),
})

export const downloadRequest = objectOf({
  url: z.url().max(4000),
  folder: z.string(),
  name: z.string().max(500).exactOptional(),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .exactOptional()
    .describe('A file that differs is removed.'),
})
export const fileList = objectOf({ files: listOf(file) })
