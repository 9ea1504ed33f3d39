import type { Workflow } from '@patchbay/engine/workflow'
import { readParameters } from '@patchbay/nodes/picture-texts'
import { Failure } from '../../../failure.ts'
import { pictureGraph } from '../graph/picture-graph.ts'
import { type FileNames, type Listing, namesAnywhere } from '../request/file-names.ts'
import { fieldsOf } from '../request/from-parameters.ts'
import { readNegative, readPrompt } from '../request/networks.ts'
import { planOf } from '../request/plan-of.ts'
import { automaticRequest } from '../request/request.ts'
import { samplingOf } from '../request/samplers.ts'

export interface OpenedParameters {
  readonly document: Workflow
  readonly problems: readonly string[]
}

/**
 * The workflow that makes a picture again, of the text that AUTOMATIC1111, Civitai and others write beside it;
 * undefined for any other text. Files are found among `listing`; without one, names are taken as they are written.
 * @throws {Failure} `invalid-request` where a number is out of its range.
 */
export function workflowOfParameters(text: string, listing?: Listing): OpenedParameters | undefined {
  const parameters = readParameters(text)
  if (!parameters) return undefined
  const problems: string[] = []
  const files = namesAnywhere(listing, problems)
  const said = fieldsOf({
    ...parameters,
    prompt: readable(parameters.prompt, files, problems),
    negative: readable(parameters.negative, files, problems, true),
  })
  problems.push(...said.problems)
  const { fields } = said
  if ('denoising_strength' in fields && fields['enable_hr'] !== true) {
    problems.push('It was made from another picture, which the text does not hold: the workflow begins from nothing.')
  }
  const sampling = knownSampling(String(fields['sampler_name'] ?? 'Euler'), fields['scheduler'], problems)
  const { request } = automaticRequest({ ...fields, ...sampling, save_images: true })
  const { plan } = planOf(request, files, {})
  const whole = { ...plan, saving: { ...plan.saving, parameters: [] } }
  return { document: pictureGraph(whole), problems: [...new Set(problems)] }
}

/** A sampler and a scheduler that are here; what is not is told, and left to the default. */
function knownSampling(name: string, scheduler: unknown, problems: string[]) {
  const wanted = typeof scheduler === 'string' ? scheduler : undefined
  const tries: readonly (readonly [string, string | undefined])[] = [
    [name, wanted],
    [name, undefined],
    ['Euler', wanted],
    ['Euler', undefined],
  ]
  for (const [sampler_name, rule] of tries) {
    try {
      samplingOf(sampler_name, rule)
      return { sampler_name, scheduler: rule ?? null }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      problems.push(`${error.message} The workflow takes another.`)
    }
  }
  return {}
}

/** A prompt without the tags and words that nothing here can follow, each told. */
function readable(prompt: string, files: FileNames, problems: string[], isNegative = false): string {
  const tell = (text: string, replacement: string, read: () => unknown): string => {
    try {
      read()
      return text
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      problems.push(error.message)
      return replacement
    }
  }
  const quiet: FileNames = { all: () => [], file: (_folder, asked) => asked }
  const withoutTags = prompt.replace(/<\w+:[^<>]+>/g, (tag) =>
    tell(tag, '', () => (isNegative ? readNegative(tag, quiet) : readPrompt(tag, quiet))),
  )
  return tell(withoutTags, withoutTags.replace(/(^|\s)AND(?=\s|$)/g, '$1and'), () =>
    readNegative(withoutTags.replace(/<\w+:[^<>]+>/g, ''), files),
  )
}
