/** A file type told by the first bytes, never by a name or a header that somebody sent. */
export interface SniffedType {
  readonly mime: string
  readonly extension: string
  readonly width?: number
  readonly height?: number
}

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  [...text].every((char, index) => bytes[at + index] === char.charCodeAt(0))

/**
 * Reads the type from the start of a file (4 KB suffice for most, JPEG sizes may need more); null for what is not
 * accepted.
 */
export function sniff(bytes: Uint8Array): SniffedType | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (startsWith(bytes, '\u0089PNG\r\n\u001a\n') && bytes.length >= 24) {
    return { mime: 'image/png', extension: 'png', width: view.getUint32(16), height: view.getUint32(20) }
  }
  if (startsWith(bytes, '\u00ff\u00d8\u00ff')) return { mime: 'image/jpeg', extension: 'jpg', ...jpegSize(view) }
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) {
    return { mime: 'image/webp', extension: 'webp', ...webpSize(bytes, view) }
  }
  if ((startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) && bytes.length >= 10) {
    return { mime: 'image/gif', extension: 'gif', width: view.getUint16(6, true), height: view.getUint16(8, true) }
  }
  if (startsWith(bytes, 'BM') && bytes.length >= 26) {
    return {
      mime: 'image/bmp',
      extension: 'bmp',
      width: view.getInt32(18, true),
      height: Math.abs(view.getInt32(22, true)),
    }
  }
  if (startsWith(bytes, 'II*\0') || startsWith(bytes, 'MM\0*')) return { mime: 'image/tiff', extension: 'tiff' }
  if (startsWith(bytes, 'ftypavif', 4)) return { mime: 'image/avif', extension: 'avif' }
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WAVE', 8)) return { mime: 'audio/wav', extension: 'wav' }
  if (startsWith(bytes, 'fLaC')) return { mime: 'audio/flac', extension: 'flac' }
  if (startsWith(bytes, 'OggS')) return { mime: 'audio/ogg', extension: 'ogg' }
  if (startsWith(bytes, 'ID3') || isMp3Frame(view)) return { mime: 'audio/mpeg', extension: 'mp3' }
  if (startsWith(bytes, 'ftyp', 4)) {
    return startsWith(bytes, 'qt  ', 8)
      ? { mime: 'video/quicktime', extension: 'mov' }
      : { mime: 'video/mp4', extension: 'mp4' }
  }
  if (startsWith(bytes, '\u001a\u0045\u00df\u00a3')) return matroskaType(bytes)
  if (isSafetensors(bytes, view)) return { mime: 'application/x-safetensors', extension: 'safetensors' }
  return null
}

/** Two bytes of sync, layer III, and neither a free nor a forbidden bit rate (ISO 11172-3, §2.4.1.3). */
function isMp3Frame(view: DataView): boolean {
  if (view.byteLength < 4 || (view.getUint16(0) & 0xff_e6) !== 0xff_e2) return false
  const bitRate = view.getUint8(2) >> 4
  return bitRate !== 0 && bitRate !== 15
}

/** WebM is Matroska with the document type `webm`, which stands in its first bytes (RFC 8794, §11.2.6). */
function matroskaType(bytes: Uint8Array): SniffedType {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1')
  return head.includes('webm')
    ? { mime: 'video/webm', extension: 'webm' }
    : { mime: 'video/x-matroska', extension: 'mkv' }
}

/** Walks JPEG segments to the first frame header. */
function jpegSize(view: DataView): { width?: number; height?: number } {
  let at = 2
  while (at + 9 < view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1)
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    }
    at += 2 + view.getUint16(at + 2)
  }
  return {}
}

function webpSize(bytes: Uint8Array, view: DataView): { width?: number; height?: number } {
  if (bytes.length < 30) return {}
  if (startsWith(bytes, 'VP8X', 12)) {
    const of = (at: number) => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16)
    return { width: of(24), height: of(27) }
  }
  if (startsWith(bytes, 'VP8L', 12)) {
    const packed = view.getUint32(21, true)
    return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff) }
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
}

function isSafetensors(bytes: Uint8Array, view: DataView): boolean {
  if (bytes.length < 10 || view.getUint32(4, true) !== 0) return false
  const length = view.getUint32(0, true)
  return length >= 2 && length <= 100_000_000 && bytes[8] === '{'.charCodeAt(0)
}

/** Types that a browser may show in place; everything else is only downloaded. SVG and HTML are never among them. */
const inlineTypes = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/bmp',
  'audio/wav',
  'audio/flac',
  'audio/ogg',
  'audio/mpeg',
  'video/mp4',
  'video/webm',
])
export const mayShowInline = (mime: string): boolean => inlineTypes.has(mime)
