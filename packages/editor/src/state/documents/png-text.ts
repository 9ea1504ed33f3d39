/** CRC-32 as PNG uses it (ISO 3309), of the chunk's type and data. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

/** The PNG with a text under a keyword: an uncompressed iTXt chunk (UTF-8) before its end. */
export function withPngText(png: Uint8Array, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const body = encoder.encode(`iTXt${keyword}\0\0\0\0\0${text}`)
  const chunk = new Uint8Array(body.length + 8)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, body.length - 4)
  chunk.set(body, 4)
  view.setUint32(chunk.length - 4, crc32(body))
  const end = png.length - 12
  const result = new Uint8Array(png.length + chunk.length)
  result.set(png.subarray(0, end))
  result.set(chunk, end)
  result.set(png.subarray(end), end + chunk.length)
  return result
}
