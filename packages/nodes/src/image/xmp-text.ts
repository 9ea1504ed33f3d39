import { gunzipSync, gzipSync } from 'node:zlib'
import type { EmbeddedTexts } from './png-text.ts'

const namespace = 'https://patchbay.invalid/xmp/1.0/'
/** What fits beside the rest of a packet into one APP1 segment of a JPEG (XMP part 3, §1.1.3). */
const mostOfSegment = 60_000
const largestText = 64 * 1024 * 1024

/**
 * An XMP packet that carries texts, for JPEG and WebP. What would not fit into a JPEG segment is compressed; undefined when even that does
 * not fit.
 */
export function xmpOf(texts: EmbeddedTexts, limit = Infinity): string | undefined {
  const plain = packet(JSON.stringify(texts), 'json')
  if (Buffer.byteLength(plain) <= Math.min(limit, mostOfSegment)) return plain
  const compressed = packet(gzipSync(JSON.stringify(texts)).toString('base64'), 'gzip')
  return Buffer.byteLength(compressed) <= limit ? compressed : undefined
}

/** The limit to give for a JPEG. */
export const jpegXmpLimit = mostOfSegment

/** The texts of an XMP packet that `xmpOf` made; none for any other. */
export function xmpTexts(xmp: string): EmbeddedTexts {
  const found = /<patchbay:(json|gzip)>([^<]*)<\/patchbay:\1>/.exec(xmp)
  const [, form, content = ''] = found ?? []
  if (!form) return {}
  try {
    const json =
      form === 'gzip'
        ? gunzipSync(Buffer.from(content, 'base64'), { maxOutputLength: largestText }).toString()
        : unescapeXml(content)
    const texts: unknown = JSON.parse(json)
    if (typeof texts !== 'object' || texts === null) return {}
    return Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'))
  } catch {
    return {}
  }
}

function packet(content: string, form: 'json' | 'gzip'): string {
  return [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    `<rdf:Description rdf:about="" xmlns:patchbay="${namespace}">`,
    `<patchbay:${form}>${escapeXml(content)}</patchbay:${form}>`,
    '</rdf:Description></rdf:RDF></x:xmpmeta>',
    '<?xpacket end="w"?>',
  ].join('\n')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
