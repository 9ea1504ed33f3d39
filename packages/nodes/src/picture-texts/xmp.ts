import { compressed, latin1Bytes, latin1Of, unpacked } from './bytes.ts'
import { mostText, type PictureTexts } from './texts.ts'

const namespace = 'https://patchbay.invalid/xmp/1.0/'
/** What fits beside the rest of a packet into one APP1 segment of a JPEG (XMP part 3, §1.1.3). */
const mostOfSegment = 60_000

/**
 * An XMP packet that carries texts, for JPEG and WebP. What would not fit into a JPEG segment is compressed; undefined
 * when even that takes more bytes than `limit`.
 */
export async function xmpOf(texts: PictureTexts, limit = Infinity): Promise<string | undefined> {
  const bytes = new TextEncoder().encode(JSON.stringify(texts))
  const plain = packet(new TextDecoder().decode(bytes), 'json')
  if (byteLength(plain) <= Math.min(limit, mostOfSegment)) return plain
  const packed = packet(btoa(latin1Of(await compressed(bytes, 'gzip'))), 'gzip')
  return byteLength(packed) <= limit ? packed : undefined
}

/** The limit to give for a JPEG. */
export const jpegXmpLimit = mostOfSegment

/** The texts of an XMP packet that `xmpOf` made; none for any other, and none past `mostText`. */
export async function xmpTexts(packetBytes: Uint8Array): Promise<PictureTexts> {
  if (packetBytes.length > mostText) return {}
  const [, form, content = ''] =
    /<patchbay:(json|gzip)>([^<]*)<\/patchbay:\1>/.exec(new TextDecoder().decode(packetBytes)) ?? []
  if (!form) return {}
  try {
    const json =
      form === 'gzip'
        ? new TextDecoder().decode(await unpacked(latin1Bytes(atob(content)), 'gzip', mostText))
        : unescapeXml(content)
    const texts: unknown = JSON.parse(json)
    if (typeof texts !== 'object' || texts === null) return {}
    return Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'))
  } catch {
    return {}
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
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

/** The same, and the quotation marks that a program that rewrote the packet may have escaped. */
function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
