import { type Registry, type RunResult, resultNamesOf, usedValuesOf } from '@patchbay/engine'
import type { ArtifactRef, JsonObject, JsonValue, NodeId, RunEvent, Workflow } from '@patchbay/engine/workflow'
import {
  type ArtifactRequest,
  encodeImage,
  encodeAnimation,
  isImage,
  isVideo,
  sizeOfImage,
  type Video,
} from '@patchbay/nodes'

/** What a run gives to whoever asked for it: its results by name, and the values that it used. */
export interface RunResults {
  readonly results: JsonObject
  readonly used: JsonObject
}

export interface ResultServices {
  saveArtifact(bytes: Uint8Array, about: ArtifactRequest): Promise<ArtifactRef>
}

/** Larger than this, a result is told by its size alone: events and lists of jobs carry all of them. */
const largestResult = 16_384
/** Of all results together. */
const largestResults = 65_536

/** Gathers the results of one run from its events, and from what it ended with. */
export function createResultKeeper(document: Workflow, registry: Registry, services: ResultServices) {
  const names = resultNamesOf(document, registry)
  const kept = new Map<NodeId, ArtifactRef[]>()
  const shown = new Map<NodeId, JsonObject>()
  return {
    add(event: RunEvent): void {
      if (event.type === 'node-artifact' && names.has(event.node))
        kept.set(event.node, [...(kept.get(event.node) ?? []), event.artifact])
      if ((event.type === 'node-finished' || event.type === 'node-reused') && event.shown && names.has(event.node))
        shown.set(event.node, event.shown)
    },
    /** `onKept` hears of files that are kept only since they are results. */
    async end(result: RunResult, onKept: (node: NodeId, artifact: ArtifactRef) => void): Promise<RunResults> {
      const found: Record<string, JsonValue> = {}
      for (const [name, value] of Object.entries(result.state === 'succeeded' ? result.results : {})) {
        const node = document.results?.[name]?.node ?? ''
        found[name] = await told(value, async (seen) => {
          const files = await keepSeen(seen, name, services)
          for (const file of files) onKept(node, file)
          return oneOrAll(files.map(pictureOf))
        })
      }
      for (const [node, name] of names) {
        const files = kept.get(node)
        const words = shown.get(node)
        if (files) found[name] = oneOrAll(files.map(pictureOf))
        else if (words) found[name] = Object.keys(words).length === 1 ? (Object.values(words)[0] ?? null) : words
      }
      return { results: bounded(found), used: usedValuesOf(document, registry) }
    },
  }
}

/** A kept file as results tell it. */
function pictureOf({ hash, name, mime, bytes, width, height }: ArtifactRef): JsonObject {
  return {
    sha256: hash.replace(/^sha256:/, ''),
    url: `/api/v1/artifacts/${encodeURIComponent(hash)}`,
    name,
    mime,
    bytes,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  }
}

/** What people look at rather than read: pictures one by one, and a video as an animated picture. */
type Seen = Parameters<typeof encodeImage>[0] | Video

async function keepSeen(seen: Seen, name: string, { saveArtifact }: ResultServices): Promise<ArtifactRef[]> {
  const prefix = name.replaceAll(/[^\p{L}\p{N}_-]/gu, '_')
  if (isVideo(seen)) {
    const { width, height } = sizeOfImage(seen.frames)
    const bytes = await encodeAnimation(seen, { format: 'webp', quality: 90 })
    const about = {
      prefix,
      extension: 'webp',
      mime: 'image/webp',
      kind: 'video',
      width,
      height,
      temporary: true,
    } as const
    return [await saveArtifact(bytes, about)]
  }
  const image = seen
  const { batch, width, height } = sizeOfImage(image)
  const pictures: ArtifactRef[] = []
  for (let index = 0; index < batch; index++) {
    const bytes = await encodeImage(image, index, { format: 'png', quality: 90, texts: {}, rounding: 'nearest' })
    const about = {
      prefix,
      extension: 'png',
      mime: 'image/png',
      kind: 'image',
      width,
      height,
      index,
      temporary: true,
    } as const
    pictures.push(await saveArtifact(bytes, about))
  }
  return pictures
}

const oneOrAll = (values: readonly JsonValue[]): JsonValue => (values.length === 1 ? (values[0] ?? null) : values)

/** A value as JSON tells it: pictures as they are kept, other large values by their kind. */
async function told(value: unknown, keep: (seen: Seen) => Promise<JsonValue>): Promise<JsonValue> {
  if (isImage(value) || isVideo(value)) return keep(value)
  if (Array.isArray(value)) {
    const all: JsonValue[] = []
    for (const one of value) all.push(await told(one, keep))
    return all
  }
  return plainOf(value)
}

/** JSON of any value: what JSON has no word for stands as a text. */
export function plainOf(value: unknown): JsonValue {
  const text = JSON.stringify(value ?? null, (_, member: unknown) => {
    if (typeof member === 'bigint') return String(member)
    return ArrayBuffer.isView(member) ? `${member.constructor.name} of ${member.byteLength} bytes` : member
  })
  return JSON.parse(text ?? 'null') as JsonValue
}

function bounded(results: Readonly<Record<string, JsonValue>>): JsonObject {
  let total = 0
  return Object.fromEntries(
    Object.entries(results).map(([name, value]): [string, JsonValue] => {
      const bytes = JSON.stringify(value).length
      if (bytes > largestResult || total + bytes > largestResults)
        return [name, { omitted: `This result is ${bytes} characters of JSON, too long to be told here.` }]
      total += bytes
      return [name, value]
    }),
  )
}
