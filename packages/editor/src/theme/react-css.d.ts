import 'react'

declare module 'react' {
  interface CSSProperties {
    readonly [token: `--${string}`]: string | number | undefined
  }
}
