/** The first names of a list, and how many more there are. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** "1 of its weights", "5 of its weights". */
export const counted = (count: number): string => `${count} of its weights`
