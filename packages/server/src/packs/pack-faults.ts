/** Node packs that broke a runner process, each with the reason; shared by all runners of a server. */
export interface PackFaults {
  /** By the pack as it was named. Left out for as long as the server runs. */
  readonly reasons: ReadonlyMap<string, string>
  leaveOut(pack: string, reason: string): void
  /** Its process died while it was loading. Once may be bad luck; the second time it is left out. */
  diedUnder(pack: string, reason: string): void
  /** Every pack is tried again. */
  forget(): void
  /** Called after each pack that is left out. */
  onChange(listener: () => void): void
}

export function createPackFaults(): PackFaults {
  const reasons = new Map<string, string>()
  const deaths = new Map<string, number>()
  const listeners: (() => void)[] = []
  const leaveOut = (pack: string, reason: string): void => {
    if (reasons.has(pack)) return
    reasons.set(pack, reason)
    for (const listener of listeners) listener()
  }
  return {
    reasons,
    leaveOut,
    diedUnder(pack, reason) {
      const count = (deaths.get(pack) ?? 0) + 1
      deaths.set(pack, count)
      if (count > 1) leaveOut(pack, reason)
    },
    forget() {
      reasons.clear()
      deaths.clear()
    },
    onChange: (listener) => void listeners.push(listener),
  }
}
