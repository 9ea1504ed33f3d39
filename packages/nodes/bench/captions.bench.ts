/**
 * What the bundled captioner says of pictures that it never saw: npm run bench -- captions. The emoji packages are
 * fetched once into `.cache/data`, or the folder in PATCHBAY_DATASETS.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { datasetOfIcons, loadIconPictures, type CaptionedPictures } from '../src/dataset/captioned-pictures.ts'
import { imagesOf } from '../src/dataset/dataset.ts'
import { loadFacePictures } from '../src/dataset/face-pictures.ts'
import { createLocalServices } from '../src/host/local-services.ts'
import type { ImageTensor } from '../src/image/image.ts'
import { bleu, cider, cosineSimilarity, exactShare, type CaptionPair } from '../src/metrics/index.ts'
import { captionPicture } from '../src/networks/captioner.ts'
import { encodePictures } from '../src/networks/image-encoder.ts'
import { openCaptioner } from '../src/opening/open-captioner.ts'
import { embedTexts, openScoreTowers } from '../src/scoring/score-towers.ts'
import { createPainter } from './bundled-checkpoint.ts'

const asJson = process.argv.includes('--json')
const side = 64

function report(
  metric: string,
  value: number,
  unit: string,
  target?: number,
  details: Readonly<Record<string, number>> = {},
): void {
  const line = {
    bench: 'captions',
    metric,
    value: Number(value.toPrecision(4)),
    unit,
    ...(target !== undefined && { target, holds: value >= target }),
    ...details,
  }
  const verdict = target === undefined ? '' : ` (target ${target}: ${value >= target ? 'holds' : 'missed'})`
  const rest = Object.entries(details).map(([name, detail]) => `, ${name} ${detail}`)
  process.stdout.write(
    `${asJson ? JSON.stringify(line) : `${metric.padEnd(26)} ${line.value} ${unit}${verdict}${rest.join('')}`}\n`,
  )
}

const services = createLocalServices({ output: '.cache/bench', threads: 1 })
const cacheFolder = process.env['PATCHBAY_DATASETS'] ?? fileURLToPath(new URL('../../../.cache/data', import.meta.url))
const asset = (path: string) => fileURLToPath(new URL(`../assets/${path}`, import.meta.url))
const captionerFile = process.env['PATCHBAY_CAPTIONER'] ?? asset('captioners/patchbay-captioner/model.safetensors')
if (!existsSync(captionerFile)) {
  throw new Error(`There is no captioner at ${captionerFile}: train one, and name its file in PATCHBAY_CAPTIONER.`)
}
const captioner = await openCaptioner(captionerFile, services)
const beams = 3
const caption = (picture: ImageTensor, task: 'caption' | 'detailed' | 'tags'): Promise<string> =>
  captionPicture(services.sessions, captioner, picture, {
    prompt: captioner.tasks[task] ?? '',
    beams,
    maxTokens: 24,
    temperature: 0,
    seed: 0,
  })

/** Groups whose pictures show one thing. */
const things = ['Animals & Nature', 'Food & Drink', 'Travel & Places', 'Objects', 'Activities']
const part = <Picture>(all: readonly Picture[], count: number): Picture[] =>
  all.length <= count
    ? [...all]
    : Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as Picture)

/** The names of a picture's thing stand first among its captions, before those with an article. */
const namesOf = ([first = '', second = '']: readonly string[]): string[] =>
  /^an? /.test(second) ? [first] : [first, second]
const hasWords = (text: string, words: string): boolean =>
  ` ${text.replaceAll(/[,.]/g, '')} `.includes(` ${words.replaceAll(/[,.]/g, '')} `)
const says = (text: string, captions: readonly string[]): boolean =>
  namesOf(captions).some((name) => hasWords(text.toLowerCase(), name.toLowerCase()))
const share = (right: readonly boolean[]): number => right.filter(Boolean).length / Math.max(1, right.length)

const icons = await loadIconPictures({ cacheFolder, size: side })
const pictures = icons.pictures
const pictureAt = (set: CaptionedPictures, row: number): ImageTensor => imagesOf(datasetOfIcons(set, 'bench'), row, 1)
const rowsOf = (split: string): number[] =>
  pictures.flatMap((picture, row) => (picture.split === split && things.includes(picture.group) ? [row] : []))

// A style that it never saw.
const heldOut = part(rowsOf('held-out-style'), 300)
const started = performance.now()
const said: string[] = []
for (const row of heldOut) said.push(await caption(pictureAt(icons, row), 'caption'))
const seconds = (performance.now() - started) / 1000
const captionsAt = (row: number): readonly string[] => pictures[row]?.captions ?? []
const right = heldOut.map((row, i) => says(said[i] ?? '', captionsAt(row)))
const pairs: CaptionPair[] = heldOut.map((row, i) => ({
  caption: said[i] ?? '',
  references: namesOf(captionsAt(row)).flatMap((name) => [`a ${name}`, `an ${name}`, name]),
}))
report('right_noun_unseen_style', share(right), 'of captions', 0.65, {
  pictures: heldOut.length,
  bleu4: Number(bleu(pairs).toFixed(3)),
  cider: Number(cider(pairs).toFixed(3)),
  exact: Number(exactShare(pairs).toFixed(3)),
})
report('captions_per_second', heldOut.length / seconds, 'captions', undefined, { beams })

// The way through words and back: its caption of what the checkpoint paints of its caption has the noun again.
const paint = await createPainter()
const towers = openScoreTowers(asset('score_models/patchbay-towers/model.safetensors'))
const trip = part(heldOut, 60)
const nouns = trip.map((row) => namesOf(captionsAt(row))[0] ?? '')
const nounVectors = await embedTexts(services, towers, nouns)
const vectorOf = (vectors: { readonly width: number; readonly values: Float32Array }, row: number): Float32Array =>
  vectors.values.subarray(row * vectors.width, (row + 1) * vectors.width)
const returned: boolean[] = []
for (const [k, row] of trip.entries()) {
  const painted = await paint(said[heldOut.indexOf(row)] ?? '', { seed: 3000 + k })
  const seen = await encodePictures(services.sessions, towers.image, 'embedding', [painted])
  const cosines = nouns.map((_, text) => cosineSimilarity(vectorOf(seen, 0), vectorOf(nounVectors, text)))
  returned.push(cosines.every((cosine, text) => text === k || cosine <= (cosines[k] ?? -1)))
}
report('round_trip_same_noun', share(returned), 'of pictures', 0.6, { pictures: trip.length })

// Faces that it never saw.
const faces = await loadFacePictures({ cacheFolder, size: side, count: 200, seed: 99 })
const told: { readonly truth: string; readonly caption: string }[] = []
for (const [row, { captions }] of faces.pictures.entries()) {
  told.push({ truth: captions[0] ?? '', caption: await caption(pictureAt(faces, row), 'caption') })
}
const moodOf = (text: string): string | undefined => /\ba (\w+) face/.exec(text)?.[1]
const hairOf = (text: string): string | undefined => /(\w+) hair/.exec(text)?.[1]
report('face_mood', share(told.map(({ truth, caption: words }) => moodOf(truth) === moodOf(words))), 'of faces', 0.95)
report('face_hair', share(told.map(({ truth, caption: words }) => hairOf(truth) === hairOf(words))), 'of faces', 0.95)
report('face_exact', share(told.map(({ truth, caption: words }) => truth === words)), 'of faces')

if (process.argv.includes('--show')) {
  for (const [i, row] of part(heldOut, 40).entries()) {
    process.stdout.write(
      `${String(i).padStart(2)} ${namesOf(captionsAt(row))[0] ?? ''} -> ${said[heldOut.indexOf(row)] ?? ''}\n`,
    )
  }
}
