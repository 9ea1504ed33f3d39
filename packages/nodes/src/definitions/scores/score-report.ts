import { Float, Text, int, listLink, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { previewPictures } from '../../image/preview.ts'
import { scoreChart } from '../../metrics/score-chart.ts'
import { correlationOf, histogramOf, summaryOf } from '../../metrics/score-summary.ts'
import { Image } from '../../values/socket-types.ts'

/** Scores as a table, a histogram and a scatter. */
export const scoreReport = defineNode({
  type: 'ScoreReport',
  version: 1,
  category: 'scores',
  description:
    'Scores as a table, a histogram and, where each picture has a second score, a scatter: shown as a picture, and kept as JSON.',
  aliases: ['statistics', 'histogram', 'scatter', 'chart', 'plot'],
  inputs: {
    scores: listLink(Float),
    against: listLink(Float, { optional: true, description: 'A second score of each picture, for a scatter.' }),
    labels: listLink(Text, { optional: true, description: 'What each picture is, such as its prompt.' }),
    name: text({ default: 'score' }),
    againstName: text({ default: 'second score', advanced: true }),
    bins: int({ default: 12, min: 1, max: 200, advanced: true }),
    file: text({ default: 'score-report', advanced: true, description: 'The beginning of the name of the JSON file.' }),
  },
  outputs: { image: Image, table: Text, mean: Float },
  sideEffect: true,
  async run({ scores, against, labels, name, againstName, bins, file }, { services, preview, show, artifact }) {
    const summary = summaryOf(scores)
    const second = against.length > 0 ? { name: againstName, scores: against } : undefined
    const correlation = second && correlationOf(scores, against)
    if (labels.length > 0 && labels.length !== scores.length) {
      throw new RangeError(
        `There are ${scores.length} scores and ${labels.length} labels: link one label for each score`,
      )
    }
    const rows = scores.map((score, i) => ({
      label: labels[i] ?? String(i + 1),
      [name]: score,
      ...(second && { [second.name]: against[i] ?? null }),
    }))
    const report = {
      name,
      ...summary,
      histogram: histogramOf(scores, bins),
      ...(second && { against: { name: second.name, ...summaryOf(second.scores) }, correlation: correlation ?? null }),
      rows,
    }
    const image = await scoreChart({ name, scores, bins, ...(second && { against: second }) })
    await previewPictures(image, preview, 0)
    const bytes = Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`)
    artifact(
      await services.saveArtifact(bytes, { prefix: file, extension: 'json', mime: 'application/json', kind: 'table' }),
    )
    const columns = [name, ...(second ? [second.name] : [])]
    const lines = rows.map((row) => [row.label, ...columns.map((column) => shown(row[column]))].join('\t'))
    show({ name, ...summary, ...(second && { correlation: correlation ?? null }) })
    return { image, table: [['', ...columns].join('\t'), ...lines].join('\n'), mean: summary.mean }
  },
})

const shown = (value: unknown): string => (typeof value === 'number' ? String(Number(value.toPrecision(5))) : '')
