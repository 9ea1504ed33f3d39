import { compressed, joined, latin1Bytes, latin1Of, unpacked, viewOf } from './bytes.ts'
import { mostText, type PictureTexts } from './texts.ts'

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** Length, type and checksum of a chunk. */
const frame = 12
const mostChunks = 10_000

/** Whether these are the bytes of a PNG file. */
export function isPng(bytes: Uint8Array): boolean {
  return bytes.length >= signature.length && signature.every((byte, index) => bytes[index] === byte)
}

/**
 * The same PNG with texts in it, in front of the pixels: tEXt for ASCII, as every reader understands, iTXt for the rest
 * (PNG 1.2, §11.3.4), since readers differ on whether tEXt is Latin-1 or UTF-8. A keyword is 1 to 79 Latin-1
 * characters.
 */
export async function withPngTexts(png: Uint8Array, texts: PictureTexts): Promise<Uint8Array<ArrayBuffer>> {
  const afterHeader = signature.length + frame + viewOf(png).getUint32(signature.length)
  const chunks = await Promise.all(Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text)))
  return joined([png.subarray(0, afterHeader), ...chunks, png.subarray(afterHeader)])
}

/** The texts of a PNG: tEXt, zTXt and iTXt. Damaged chunks are left out, and so is what is past `mostText`. */
export async function pngTexts(png: Uint8Array): Promise<PictureTexts> {
  const texts = new Map<string, string>()
  let room = mostText
  for (const { type, content } of chunksOf(png)) {
    if (content.length > room) continue
    const entry = await textOf(type, content, room)
    if (entry) texts.set(...entry)
    // A text that was refused may have been unpacked up to the room all the same.
    room -= entry ? Math.max(content.length, entry[1].length) : type === 'tEXt' ? content.length : room
  }
  return Object.fromEntries(texts)
}

function* chunksOf(png: Uint8Array): Generator<{ readonly type: string; readonly content: Uint8Array }> {
  if (!isPng(png)) return
  const view = viewOf(png)
  let at = signature.length
  for (let count = 0; at + frame <= png.length && count < mostChunks; count++) {
    const length = view.getUint32(at)
    const type = latin1Of(png.subarray(at + 4, at + 8))
    if (type === 'IEND' || at + frame + length > png.length) return
    if (/^(tEXt|zTXt|iTXt)$/.test(type)) yield { type, content: png.subarray(at + 8, at + 8 + length) }
    at += frame + length
  }
}

async function textOf(type: string, content: Uint8Array, room: number): Promise<[string, string] | undefined> {
  const end = content.indexOf(0)
  if (end < 1) return undefined
  const keyword = latin1Of(content.subarray(0, end))
  const rest = content.subarray(end + 1)
  try {
    if (type === 'tEXt') return [keyword, plainText(rest)]
    if (type === 'zTXt') return [keyword, plainText(await unpacked(rest.subarray(1), 'deflate', room))]
    // Compression flag and method, language, 0, translated keyword, 0, text.
    const languageEnd = rest.indexOf(0, 2)
    const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1)
    if (translatedEnd < 0) return undefined
    const text = rest.subarray(translatedEnd + 1)
    return [keyword, new TextDecoder().decode(rest[0] === 1 ? await unpacked(text, 'deflate', room) : text)]
  } catch {
    return undefined
  }
}

/**
 * Latin-1 says the standard; UTF-8 say many programs. Latin-1 that happens to be UTF-8 as well is hardly ever meant.
 */
function plainText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return latin1Of(bytes)
  }
}

async function textChunk(keyword: string, text: string): Promise<Uint8Array> {
  const name = latin1Bytes(`${keyword}\0`)
  const bytes = new TextEncoder().encode(text)
  if (/^[\x01-\x7f]*$/.test(text)) return chunk('tEXt', [name, bytes])
  const isLong = bytes.length > 1024
  const head = Uint8Array.of(isLong ? 1 : 0, 0, 0, 0)
  return chunk('iTXt', [name, head, isLong ? await compressed(bytes, 'deflate') : bytes])
}

function chunk(type: string, content: readonly Uint8Array[]): Uint8Array {
  const result = joined([new Uint8Array(4), latin1Bytes(type), ...content, new Uint8Array(4)])
  const view = viewOf(result)
  view.setUint32(0, result.length - frame)
  view.setUint32(result.length - 4, crc32(result.subarray(4, -4)))
  return result
}

/** CRC-32 of a chunk's type and content (PNG 1.2, annex D). */
function crc32(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
