/** A sound of speech with its place in time, in seconds. */
export interface Phone {
  /** In ARPAbet without stress, lower case, as CMU's dictionary has it: `aa`, `b`, … `zh`; `pau` is a pause. */
  readonly name: string
  readonly from: number
  readonly to: number
}

/** Reads `hh:0.255 ax:0.304 …`: each phone with its end. The last ends where the sound does, `duration` seconds in. */
export function parsePhones(text: string, duration: number): Phone[] {
  const ends = [...text.matchAll(/([a-z]+):(\d+\.\d+)/g)].map(([, name = '', end = '']) => ({ name, to: Number(end) }))
  return ends
    .map(({ name, to }, i) => ({
      name,
      from: Math.min(ends[i - 1]?.to ?? 0, duration),
      to: i === ends.length - 1 ? duration : Math.min(to, duration),
    }))
    .filter(({ from, to }) => to > from)
}

/** Phones of sounds that follow each other, in the time of the whole. */
export const laterBy = (phones: readonly Phone[], seconds: number): Phone[] =>
  phones.map(({ name, from, to }) => ({ name, from: from + seconds, to: to + seconds }))

/** A line for each phone: its beginning and end in seconds and its name, with tabs, as Audacity reads labels. */
export const labelsOf = (phones: readonly Phone[]): string =>
  phones.map(({ name, from, to }) => `${from.toFixed(3)}\t${to.toFixed(3)}\t${name}`).join('\n')
