// thread: main of a process that is no proxy
// Numbers as people read them. Pure.

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  for (const [unit, size] of [
    ['KiB', 2 ** 10],
    ['MiB', 2 ** 20],
    ['GiB', 2 ** 30],
  ] as const)
    if (bytes < size * 1024 || unit === 'GiB') return `${(bytes / size).toFixed(bytes < size * 10 ? 1 : 0)} ${unit}`
  return ''
}

/** The two largest units: `3 h 12 min`. */
export function durationText(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`
}

export function percentText(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${Math.round(share * 100)} %`
}

/** `1 route`, `2 routes` */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
