import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** Texts by keyword, as pictures carry them. */
export type EmbeddedTexts = { readonly [keyword: string]: string }

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const largestText = 64 * 1024 * 1024

/** Whether these are the bytes of a PNG file. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.equals(bytes.subarray(0, signature.length))
}

/**
 * The same PNG with texts in it, in front of the pixels: tEXt for Latin-1, as every reader understands, iTXt for the rest (PNG 1.2, §11.3.4).
 * A keyword is 1 to 79 Latin-1 characters.
 */
export function withPngTexts(png: Uint8Array, texts: EmbeddedTexts): Buffer {
  const source = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  const afterHeader = signature.length + 12 + source.readUInt32BE(signature.length)
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text))
  return Buffer.concat([source.subarray(0, afterHeader), ...chunks, source.subarray(afterHeader)])
}

/** The texts of a PNG: tEXt, zTXt and iTXt. Damaged chunks are left out. */
export function pngTexts(png: Uint8Array): EmbeddedTexts {
  if (!isPng(png)) return {}
  const source = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  const texts = new Map<string, string>()
  let at = signature.length
  while (at + 12 <= source.length) {
    const length = source.readUInt32BE(at)
    const type = source.toString('latin1', at + 4, at + 8)
    const end = at + 8 + length
    if (end + 4 > source.length || type === 'IEND') break
    const found = textOf(type, source.subarray(at + 8, end))
    if (found) texts.set(...found)
    at = end + 4
  }
  return Object.fromEntries(texts)
}

function textChunk(keyword: string, text: string): Buffer {
  const isLatin = /^[\u0001-\u00ff]*$/.test(text)
  if (isLatin) return chunk('tEXt', Buffer.concat([Buffer.from(`${keyword}\0`, 'latin1'), Buffer.from(text, 'latin1')]))
  const bytes = Buffer.from(text)
  const isLong = bytes.length > 1024
  // Keyword, compression flag and method, language tag, translated keyword, text.
  const head = Buffer.concat([Buffer.from(`${keyword}\0`, 'latin1'), Buffer.from([isLong ? 1 : 0, 0, 0, 0])])
  return chunk('iTXt', Buffer.concat([head, isLong ? deflateSync(bytes) : bytes]))
}

function chunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

function textOf(type: string, content: Buffer): [string, string] | undefined {
  const end = content.indexOf(0)
  if (end < 1 || !['tEXt', 'zTXt', 'iTXt'].includes(type)) return undefined
  const keyword = content.toString('latin1', 0, end)
  const rest = content.subarray(end + 1)
  try {
    if (type === 'tEXt') return [keyword, rest.toString('latin1')]
    if (type === 'zTXt') return [keyword, inflated(rest.subarray(1)).toString('latin1')]
    const languageEnd = rest.indexOf(0, 2)
    const translatedEnd = rest.indexOf(0, languageEnd + 1)
    if (languageEnd < 0 || translatedEnd < 0) return undefined
    const text = rest.subarray(translatedEnd + 1)
    return [keyword, (rest[0] === 1 ? inflated(text) : text).toString()]
  } catch {
    return undefined
  }
}

function inflated(bytes: Buffer): Buffer {
  return inflateSync(bytes, { maxOutputLength: largestText })
}
