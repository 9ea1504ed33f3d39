/**
 * The members that are not undefined: `{ name, ...given({ label }) }` has no `label` where there is none, as
 * `exactOptionalPropertyTypes` asks.
 */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Members that are undefined are filtered out, which the type of entries cannot say.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
