import { distance } from 'fastest-levenshtein'

/**
 * The first name that is nearest to `name`, whatever the case: at most two letters away, of a name of up to three
 * letters at most one. Undefined when there is none.
 */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  const plain = name.toLowerCase()
  let nearest: string | undefined
  let least = name.length > 3 ? 3 : 2
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= least) continue
    const letters = distance(plain, candidate.toLowerCase())
    if (letters < least) [nearest, least] = [candidate, letters]
  }
  return nearest
}

/** The end of a sentence about a name that is not there: `; it has "seed", "steps". Did you mean "steps"?` */
export function alternatives(name: string, names: readonly string[]): string {
  return `; it has ${listed(names)}.${didYouMean(name, names)}`
}

/** A further sentence that names what was meant: ` Did you mean "steps"?` Empty where no name is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const nearest = nearestName(name, names)
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`
}

/** At most twelve names in quotes, with how many more there are; `none` for none. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const shown = names.slice(0, 12).map((name) => `"${name}"`)
  return names.length > 12 ? `${shown.join(', ')} and ${names.length - 12} more` : shown.join(', ')
}
