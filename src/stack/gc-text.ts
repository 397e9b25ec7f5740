import type { Garbage, GarbageKind } from './gc.ts'
import { counted, table } from './table.ts'

/** What is gone, or would be, for people: one line each (pins are counted), and how much it is. */
export function garbageText({ rehearsed, unasked, bytes, gone }: Garbage): string {
  if (unasked) return 'a dry run asks no host; to hear what would go:  gachette stack gc --dry-run'
  if (gone.length === 0) return 'nothing to remove'
  const pins = gone.filter(({ kind }) => kind === 'pin')
  const rows = gone
    .filter(({ kind }) => kind !== 'pin')
    .map(({ kind, path, bytes: size }) => [WORDS[kind], shortened(kind, path), sizeText(size)])
  const files = pins.length === 0 ? [] : [[WORDS.pin, counted(pins.length, 'file'), sizeText(sum(pins))]]
  const verb = rehearsed ? 'would go' : 'gone'
  return [...table([...rows, ...files]), '', `${verb}: ${sizeText(bytes)}`].join('\n')
}

const WORDS: Readonly<Record<GarbageKind, string>> = {
  export: 'export',
  build: 'build record',
  generation: 'generation',
  package: 'package',
  deb: 'package file',
  pin: 'pins',
  leftover: 'leftover',
}

function shortened(kind: GarbageKind, path: string): string {
  if (kind === 'package') return path.replace(/^packages\/(.*)\/version\//, '$1 ')
  return path.replace(/^\.gachette\/(gen|exports|builds)\//, '').replace(/^debs\/(?!\.)/, '')
}

const sum = (things: Garbage['gone']): number => things.reduce((total, { bytes }) => total + bytes, 0)

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let [value, at] = [bytes / 1024, 0]
  while (value >= 1024 && at < units.length - 1) [value, at] = [value / 1024, at + 1]
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[at]}`
}
