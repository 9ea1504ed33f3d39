import type { NodeId } from './workflow.ts'

/** Where the native API lives on a server. */
export const apiPrefix = '/api/v1'

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]
export type FinishedJobState = Exclude<JobState, 'queued' | 'running'>
export function isFinished(state: JobState): state is FinishedJobState {
  return state !== 'queued' && state !== 'running'
}

/** What a preview frame says of its picture. */
export interface PreviewHeader {
  readonly job: string
  readonly node: NodeId
  readonly mime: string
  readonly width: number
  readonly height: number
  readonly index: number
}

/**
 * A binary frame: byte 0 is 1 (a preview), bytes 1–4 the length of the JSON header (big-endian), then the header, then
 * the picture.
 */
export function encodePreviewFrame(header: PreviewHeader, picture: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const frame = new Uint8Array(5 + text.length + picture.length)
  frame[0] = 1
  new DataView(frame.buffer).setUint32(1, text.length)
  frame.set(text, 5)
  frame.set(picture, 5 + text.length)
  return frame
}

/**
 * Reads a frame of `encodePreviewFrame`; null for any other kind or a frame that is cut short. The picture is a view
 * into `frame`.
 */
export function decodePreviewFrame(frame: Uint8Array): { header: PreviewHeader; picture: Uint8Array } | null {
  if (frame[0] !== 1 || frame.length < 5) return null
  const length = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(1)
  if (5 + length > frame.length) return null
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder().decode(frame.subarray(5, 5 + length)))
  } catch {
    return null
  }
  return isPreviewHeader(header) ? { header, picture: frame.subarray(5 + length) } : null
}
function isPreviewHeader(value: unknown): value is PreviewHeader {
  if (typeof value !== 'object' || value === null) return false
  const header: { [K in keyof PreviewHeader]?: unknown } = value
  return [header.job, header.node, header.mime].every((field) => typeof field === 'string')
}
