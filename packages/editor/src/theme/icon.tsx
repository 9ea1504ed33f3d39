const paths = {
  play: 'M7 4.5v15l12-7.5z',
  stop: 'M5 5h14v14H5z',
  pause: 'M8 5v14M16 5v14',
  timeline: 'M4 6h7M8 12h8M12 18h8',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  nodes: 'M4 5h7v6H4zM13 13h7v6h-7zM11 8h3a2 2 0 0 1 2 2v3',
  folder: 'M3.5 7a2 2 0 0 1 2-2h4l2 2.5h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.5h.01',
  queue: 'M4 6h16M4 12h16M4 18h9',
  alert: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  chevronDown: 'M6 9l6 6 6-6',
  chevronRight: 'M9 6l6 6-6 6',
  chevronLeft: 'M15 6l-6 6 6 6',
  hand: 'M8 12V6.5a1.5 1.5 0 0 1 3 0V11V5a1.5 1.5 0 0 1 3 0v6V6.5a1.5 1.5 0 0 1 3 0V14a6 6 0 0 1-6 6c-3 0-4.5-1.5-7-6a1.6 1.6 0 0 1 2.7-1.7L8 14',
  pointer: 'M5 4l6 16 2.2-6.8L20 11z',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  map: 'M4 5h16v14H4zM12 11h5v5h-5z',
  palette:
    'M12 3a9 9 0 1 0 0 18c1.5 0 2-1 1.5-2-.7-1.5.2-3 2-3H18a3 3 0 0 0 3-3c0-5.5-4-10-9-10zM8 11h.01M11 7h.01M16 8h.01',
  link: 'M4 17c7 0 9-10 16-10M4 17h.01M20 7h.01',
  grid: 'M4 4h16v16H4zM4 9.3h16M4 14.6h16M9.3 4v16M14.6 4v16',
  arrange: 'M4 5h5v5H4zM15 4h5v5h-5zM15 15h5v5h-5zM9 7.5h6M12 7.5V17h3',
  pin: 'M9 4h6l-1 6 3 3H7l3-3zM12 13v7',
  shuffle: 'M3 7h4l10 10h4M18 14l3 3-3 3M3 17h4l3-3M14 10l3-3h4M18 4l3 3-3 3',
  upload: 'M12 16V5M7 10l5-5 5 5M5 19h14',
  download: 'M12 5v11M7 11l5 5 5-5M5 20h14',
  brush: 'M4 20c3 0 5-1 5-4a2.5 2.5 0 0 0-5 0M9 14l9-9a2 2 0 0 1 2.8 2.8l-9 9',
  undo: 'M9 14l-5-5 5-5M4 9h9a6 6 0 0 1 0 12h-3',
  redo: 'M15 14l5-5-5-5M20 9h-9a6 6 0 0 0 0 12h3',
  check: 'M5 12.5l4.5 4.5L19 7',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01',
  expand: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  star: 'M12 4l2.5 5.2 5.7.8-4.1 4 1 5.6L12 17l-5.1 2.6 1-5.6-4.1-4 5.7-.8z',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  retry: 'M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6',
  form: 'M5 4h14v16H5zM9 9h6M9 13h6M9 17h3',
  note: 'M5 4h14v11l-5 5H5zM14 20v-5h5',
  group: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 9h6v6H9z',
  inside: 'M4 4h16v16H4zM9 9h6v6H9z',
  eyeOff: 'M4 4l16 16M9.9 5.2A9 9 0 0 1 21 12a12 12 0 0 1-2.5 3.2M6.5 7.3A13 13 0 0 0 3 12a9.5 9.5 0 0 0 13 5',
  copy: 'M8 8h11v11H8zM5 16V5h11',
  compare: 'M12 3v18M4 6h5v12H4M15 6h5v12h-5',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} {...(filled ? { fill: 'currentcolor' } : {})} />
    </svg>
  )
}
