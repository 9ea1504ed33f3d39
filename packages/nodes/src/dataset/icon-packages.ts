/** One npm package of drawn pictures in Iconify's JSON form, pinned, with what its licence asks for. */
export interface IconPackage {
  readonly name: string
  readonly version: string
  /** The style's name in the data set. */
  readonly style: string
  /** How a person would ask for it, as in "an owl, flat style". */
  readonly styleWords: string
  readonly licence: 'Apache-2.0' | 'MIT' | 'CC-BY-4.0'
  readonly attribution: string
}

/**
 * Permissive pictures only: share-alike, copyleft and unlicensed sets are left out, so that what is trained on them can
 * be given away.
 */
export const iconPackages: readonly IconPackage[] = [
  {
    name: '@iconify-json/noto',
    version: '1.2.9',
    style: 'noto',
    styleWords: 'noto style',
    licence: 'Apache-2.0',
    attribution: 'Noto Emoji, Google Inc., https://github.com/googlefonts/noto-emoji',
  },
  {
    name: '@iconify-json/noto-v1',
    version: '1.2.5',
    style: 'noto-v1',
    styleWords: 'blob style',
    licence: 'Apache-2.0',
    attribution: 'Noto Emoji (first edition), Google Inc., https://github.com/googlefonts/noto-emoji',
  },
  {
    name: '@iconify-json/fluent-emoji-flat',
    version: '1.2.6',
    style: 'fluent-flat',
    styleWords: 'flat style',
    licence: 'MIT',
    attribution: 'Fluent Emoji, Microsoft Corporation, https://github.com/microsoft/fluentui-emoji',
  },
  {
    name: '@iconify-json/fluent-emoji',
    version: '1.2.7',
    style: 'fluent',
    styleWords: 'glossy style',
    licence: 'MIT',
    attribution: 'Fluent Emoji, Microsoft Corporation, https://github.com/microsoft/fluentui-emoji',
  },
  {
    name: '@iconify-json/emojione',
    version: '1.2.3',
    style: 'emojione',
    styleWords: 'soft style',
    licence: 'CC-BY-4.0',
    attribution: 'EmojiTwo (Emoji One 2.x), https://github.com/EmojiTwo/emojitwo',
  },
  {
    name: '@iconify-json/twemoji',
    version: '1.2.5',
    style: 'twemoji',
    styleWords: 'twemoji style',
    licence: 'CC-BY-4.0',
    attribution: 'Twemoji, Twitter and contributors, https://github.com/jdecked/twemoji',
  },
  {
    name: '@iconify-json/fxemoji',
    version: '1.2.2',
    style: 'fxemoji',
    styleWords: 'firefox style',
    licence: 'Apache-2.0',
    attribution: 'FxEmojis, Mozilla, https://github.com/mozilla/fxemoji',
  },
]

/** Names, groups and keywords of every emoji. */
export const namePackage = { name: 'unicode-emoji-json', version: '0.9.0' } as const
export const keywordPackage = { name: 'emojilib', version: '4.0.3' } as const
