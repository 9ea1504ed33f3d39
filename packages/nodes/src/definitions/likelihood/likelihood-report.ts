import { Float, Text, link, listLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { pngBitsOf } from '../../image/png-bits.ts'
import { previewPictures } from '../../image/preview.ts'
import { barChart, type Bar } from '../../metrics/bar-chart.ts'
import { Image } from '../../values/socket-types.ts'
import { meanOf } from '../scores/score-values.ts'

/** Bits per dimension of several models beside each other, with rulers. */
export const likelihoodReport = defineNode({
  type: 'LikelihoodReport',
  version: 1,
  category: 'likelihood',
  description:
    'Bits for each number of the same pictures under several models, as bars beside two rulers: 8 bits, which a picture costs where every level is as likely as any other, and what a PNG file of it takes. Fewer bits: more likely.',
  aliases: ['bits per dimension', 'bar chart', 'compare models', 'nll'],
  inputs: {
    bits: listLink(Float, { description: 'Bits per dimension, of one model after another.' }),
    image: link(Image, { description: 'The pictures that they were measured on, for the ruler of PNG files.' }),
    labels: text({
      default: 'VAE\nFlow\nDiffusion',
      multiline: true,
      description: 'What each model is called, line by line, in the order of the bits.',
    }),
    file: text({ default: 'likelihood', advanced: true, description: 'The beginning of the name of the JSON file.' }),
  },
  outputs: { image: Image, table: Text },
  sideEffect: true,
  async run({ bits, image, labels, file }, { services, preview, show, artifact }) {
    const names = labels.split('\n').map((line) => line.trim())
    const named = names.filter((name) => name !== '')
    if (named.length !== bits.length) {
      throw new RangeError(
        `There are ${bits.length} models and ${named.length} labels: write one line for each link to "bits"`,
      )
    }
    const png = meanOf([...(await pngBitsOf(image))])
    const bars: Bar[] = [
      { label: 'every level as likely', value: 8, isRuler: true },
      { label: 'PNG files', value: png, isRuler: true },
      ...bits.map((value, i) => ({ label: named[i] ?? `model ${i + 1}`, value })),
    ]
    const wrong = bars.find(({ value }) => !Number.isFinite(value))
    if (wrong) throw new RangeError(`The bits of "${wrong.label}" are ${wrong.value}, no finite number`)
    const count = image.shape[0] ?? 1
    const pictures = count === 1 ? 'a picture' : `${count} pictures`
    const chart = await barChart({
      title: `Bits per dimension of ${pictures}`,
      bars,
      note: 'The fewer, the likelier. Bounds tell at most so many; a flow, its density exactly.',
    })
    await previewPictures(chart, preview, 0)
    const rows = bars.map(({ label, value }) => ({ label, bitsPerDimension: value }))
    const bytes = Buffer.from(`${JSON.stringify({ pictures: count, rows }, undefined, 2)}\n`)
    artifact(
      await services.saveArtifact(bytes, { prefix: file, extension: 'json', mime: 'application/json', kind: 'table' }),
    )
    show({ metric: 'bits per dimension', rows })
    const lines = rows.map(({ label, bitsPerDimension }) => `${label}\t${Number(bitsPerDimension.toPrecision(5))}`)
    return { image: chart, table: ['\tbits per dimension', ...lines].join('\n') }
  },
})
