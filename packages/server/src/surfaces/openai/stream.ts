import type { Response } from 'express'
import type { Hub } from '../../live/hub.ts'
import { pictureAs } from '../../storage/fit-picture.ts'
import type { ImageRequest } from './request.ts'

export interface StreamAbout {
  readonly asked: ImageRequest
  readonly size: { readonly width: number; readonly height: number }
  readonly kind: 'generation' | 'edit'
  readonly pixelLimit: number
}

/** The events of one answer: pictures on their way, then the pictures. */
export interface ImageStream {
  /** Sends pictures of this job as they come, at most as many as are asked for, evenly over its steps. */
  follow(job: string): void
  /** Sends what is made and ends; what is still on its way is left out. */
  end(pictures: readonly Buffer[]): Promise<void>
  /** Whether anything has been sent, so that a failure can only be an event. */
  readonly hasBegun: boolean
  fail(message: string): void
  close(): void
}

/** OpenAI's server-sent events for images. A quick run may show fewer pictures on their way than were asked for. */
export function createImageStream(
  response: Response,
  hub: Pick<Hub, 'listen' | 'listenPreviews'>,
  { asked, size, kind, pixelLimit }: StreamAbout,
): ImageStream {
  const stops: (() => void)[] = []
  let sent = 0
  let sending = Promise.resolve()
  let hasBegun = false
  const about = {
    created_at: Math.floor(Date.now() / 1000),
    size: `${size.width}x${size.height}`,
    quality: asked.quality,
    background: 'opaque',
    output_format: asked.output_format,
  }
  const write = (type: string, fields: object): void => {
    if (!hasBegun) response.type('text/event-stream')
    hasBegun = true
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)
  }
  const close = (): void => {
    for (const stop of stops.splice(0)) stop()
  }
  return {
    get hasBegun() {
      return hasBegun
    },
    follow(job) {
      let done = 0
      stops.push(
        hub.listen((message) => {
          if (message.job === job && message.event.type === 'node-progress') {
            done = message.event.step / Math.max(1, message.event.steps)
          }
        }),
        hub.listenPreviews((header, picture) => {
          const due = (sent + 1) / (asked.partial_images + 1)
          if (header.job !== job || header.index !== 0 || sent >= asked.partial_images || done < due) return
          const partial_image_index = sent++
          sending = sending
            .then(async () => {
              const bytes = await pictureAs(Buffer.from(picture), asked.output_format, size, pixelLimit)
              const fields = { ...about, partial_image_index, b64_json: bytes.toString('base64') }
              write(`image_${kind}.partial_image`, fields)
            })
            // A picture that cannot be shown is no reason to give up those that are being made.
            .catch(() => undefined)
        }),
      )
    },
    async end(pictures) {
      close()
      await sending
      for (const bytes of pictures) {
        write(`image_${kind}.completed`, {
          ...about,
          b64_json: bytes.toString('base64'),
          usage: {
            ...{ total_tokens: 0, input_tokens: 0, output_tokens: 0 },
            input_tokens_details: { text_tokens: 0, image_tokens: 0 },
          },
        })
      }
      response.end()
    },
    fail(message) {
      close()
      write('error', { error: { message, type: 'server_error', param: null, code: null } })
      response.end()
    },
    close,
  }
}
