import { readFile, stat } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'

/** A picture past this is not searched, and no packet is unpacked to more than the other. */
const [mostPicture, mostText] = [256 * 1024 * 1024, 16 * 1024 * 1024]

/** The texts that a WebP or JPEG of ours carries in its XMP packet, a JSON object that is plain or packed; `{}` for any other file. */
export async function textInXmp(path: string): Promise<{ [keyword: string]: string }> {
  if ((await stat(path)).size > mostPicture) return {}
  const bytes = await readFile(path)
  for (const form of ['json', 'gzip'] as const) {
    const [open, close] = [`<patchbay:${form}>`, `</patchbay:${form}>`]
    const start = bytes.indexOf(open)
    const end = start < 0 ? -1 : bytes.indexOf(close, start)
    if (end < 0 || end - start > mostText) continue
    try {
      const content = bytes.toString('utf8', start + open.length, end)
      const json: unknown = JSON.parse(form === 'json' ? unescaped(content) : unpacked(content))
      if (typeof json !== 'object' || json === null) continue
      return Object.fromEntries(
        Object.entries(json).flatMap(([key, text]): [string, string][] =>
          typeof text === 'string' ? [[key, text]] : [],
        ),
      )
    } catch {
      // A packet that is cut short, or a bomb, carries nothing.
    }
  }
  return {}
}

const unescaped = (xml: string): string =>
  xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
const unpacked = (base64: string): string =>
  gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: mostText }).toString('utf8')
