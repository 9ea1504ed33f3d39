const part = /d{1,2}|M{1,2}|h{1,2}|m{1,2}|s{1,2}|yyyy|yyy|yy|y/g

/**
 * A local time by a format of ComfyUI's editor: `yyyy-MM-dd hhmmss`; `d`, `M`, `h`, `m` and `s` without a zero before.
 */
export function dateText(format: string, at: Date): string {
  const numbers: { readonly [letter: string]: number } = {
    d: at.getDate(),
    M: at.getMonth() + 1,
    h: at.getHours(),
    m: at.getMinutes(),
    s: at.getSeconds(),
  }
  return format.replace(part, (letters) => {
    const number = numbers[letters.charAt(0)]
    if (number !== undefined) return String(number).padStart(letters.length, '0')
    const year = String(at.getFullYear())
    return letters.length > 2 ? year : year.slice(-2)
  })
}

/** Each `%date:format%` of a text, and `%date%`, by a time. */
export const withDates = (text: string, at: Date): string =>
  text.replace(/%date(?::([^%]*))?%/g, (_all, format: string | undefined) => dateText(format || 'yyyyMMddhhmmss', at))
