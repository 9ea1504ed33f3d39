import { open } from 'node:fs/promises'
import { crc32, inflateSync } from 'node:zlib'
import { parseWorkflowText } from '@patchbay/engine'
import type { Workflow } from '@patchbay/engine/workflow'
import { textInXmp } from './xmp-text.ts'

/** The keyword under which a picture carries the workflow that made it: the same as in @patchbay/nodes, which would load native code here. */
export const workflowKeyword = 'patchbay-workflow'

const signature = '89504e470d0a1a0a'
const mostText = 16 * 1024 * 1024

/**
 * The text chunks (tEXt, zTXt, iTXt) of a PNG by keyword; `{}` for any other file. All texts together are limited, since a thousand
 * compressed bombs of which each is within a limit are one.
 */
export async function textInPng(path: string): Promise<{ [keyword: string]: string }> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(8)
    await file.read(head, 0, 8, 0)
    if (head.toString('hex') !== signature) return {}
    const texts = new Map<string, string>()
    let room = mostText
    const { size } = await file.stat()
    for (let at = 8, chunks = 0; at + 12 <= size && chunks < 10_000; chunks++) {
      await file.read(head, 0, 8, at)
      const length = head.readUInt32BE(0)
      const type = head.toString('latin1', 4, 8)
      if (type === 'IEND') break
      if ((type === 'tEXt' || type === 'zTXt' || type === 'iTXt') && length <= room && at + 12 + length <= size) {
        const bytes = Buffer.alloc(length)
        await file.read(bytes, 0, length, at + 8)
        const read = textOf(type, bytes, room)
        if (read) texts.set(read.keyword, read.text)
        // What would not fit has been inflated up to here all the same.
        room -= read ? Math.max(length, read.text.length) : type === 'tEXt' ? length : room
      }
      at += 12 + length
    }
    return Object.fromEntries(texts)
  } finally {
    await file.close()
  }
}

function textOf(
  type: 'tEXt' | 'zTXt' | 'iTXt',
  bytes: Buffer,
  room: number,
): { keyword: string; text: string } | undefined {
  const end = bytes.indexOf(0)
  if (end < 0) return undefined
  const keyword = bytes.toString('latin1', 0, end)
  const inflate = (part: Buffer) => inflateSync(part, { maxOutputLength: room })
  try {
    if (type === 'tEXt') return { keyword, text: bytes.toString('latin1', end + 1) }
    if (type === 'zTXt') return { keyword, text: inflate(bytes.subarray(end + 2)).toString('latin1') }
    const language = bytes.indexOf(0, end + 3)
    const start = bytes.indexOf(0, language + 1) + 1
    const body = bytes.subarray(start)
    return { keyword, text: (bytes[end + 1] === 1 ? inflate(body) : body).toString('utf8') }
  } catch {
    return undefined
  }
}

/** The PNG with these texts as well: plain where Latin-1 will do, else as UTF-8. They come right after the header. */
export function withTextInPng(png: Buffer, texts: { readonly [keyword: string]: string }): Buffer {
  const afterHeader = 8 + 12 + png.readUInt32BE(8)
  const chunks = Object.entries(texts).map(([keyword, text]) => {
    const isLatin = /^[\x00-\xff]*$/.test(text)
    const head = Buffer.from(`${keyword}\0`, 'latin1')
    const body = isLatin
      ? [head, Buffer.from(text, 'latin1')]
      : [head, Buffer.from([0, 0, 0, 0]), Buffer.from(text, 'utf8')]
    return pngChunk(isLatin ? 'tEXt' : 'iTXt', Buffer.concat(body))
  })
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)])
}

function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const chunk = Buffer.alloc(8 + body.length)
  chunk.writeUInt32BE(content.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), 4 + body.length)
  return chunk
}

/** The native document that a picture of ours carries: a PNG, WebP or JPEG. */
export async function workflowInPicture(path: string): Promise<Workflow | undefined> {
  const text = (await textInPng(path))[workflowKeyword] ?? (await textInXmp(path))[workflowKeyword]
  if (text === undefined) return undefined
  const parsed = parseWorkflowText(text)
  return parsed.ok ? parsed.workflow : undefined
}
