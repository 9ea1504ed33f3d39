/** What the process of the synthesizer is asked. */
export interface SpeechRequest {
  readonly text: string
  readonly voice: string
  /** Above 1 is slower. */
  readonly stretch: number
}

export type SpeechReply =
  | {
      /** A WAV file. */
      readonly wav: Uint8Array
      /** Each phone with its end in seconds. */
      readonly phones: string
    }
  | { readonly error: string }
