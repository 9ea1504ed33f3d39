import { choice, float, int, seed, text } from '@patchbay/engine'
import type { CaptionOptions, Captioner } from '../../networks/captioner.ts'

/** What may be wanted of a caption. */
export const captionTasks = ['caption', 'detailed', 'tags'] as const

/** What is asked wherever captions are written. */
export const captionInputs = {
  task: choice(captionTasks, 'caption', {
    description:
      'What is wanted: what the picture shows, that and how it is drawn, or words for it with commas between.',
  }),
  prompt: text({
    default: '',
    description: 'What the caption begins with, in place of what the task begins with; it stays in the caption.',
  }),
  beams: int({
    default: 3,
    min: 1,
    max: 32,
    description:
      'Captions that are followed at once, of which the likeliest is the result; 1 takes the likeliest word each time.',
  }),
  maxTokens: int({
    default: 30,
    min: 1,
    max: 1024,
    description: 'The longest caption; a word is one to three tokens.',
  }),
  temperature: float({
    default: 0,
    min: 0,
    max: 4,
    step: 0.05,
    advanced: true,
    description: 'Above 0 words are drawn by their likeliness, the more freely the higher; beams do not count then.',
  }),
  seed: seed({ advanced: true }),
}

/** The settings of one caption, and what stands before what is written. */
export function captionSettings(
  { name, tasks }: Pick<Captioner, 'name' | 'tasks'>,
  asked: { readonly task: string; readonly prompt: string } & Pick<
    CaptionOptions,
    'beams' | 'maxTokens' | 'temperature'
  >,
): { readonly settings: Omit<CaptionOptions, 'seed'>; readonly before: string } {
  const { task, beams, maxTokens, temperature } = asked
  const own = asked.prompt.trim()
  const prompt = own === '' ? tasks[task] : own
  if (prompt === undefined) {
    const known = Object.keys(tasks).join(', ')
    throw new RangeError(`${name} has no task "${task}"; it has ${known}. Choose one of these, or write a prompt.`)
  }
  return { settings: { prompt, beams, maxTokens, temperature }, before: own }
}

/** A caption with what it begins with. */
export const wholeCaption = (before: string, said: string): string =>
  before === '' ? said : `${before} ${said}`.trim()
